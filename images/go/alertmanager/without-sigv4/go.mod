// Takes the place of what signs requests to AWS: Alertmanager names only its configuration.
module github.com/prometheus/sigv4

go 1.24

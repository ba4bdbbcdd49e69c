// Takes the place of AWS' client, with which Alertmanager would post to SNS: alerts are posted to a webhook here.
module github.com/aws/aws-sdk-go

go 1.24

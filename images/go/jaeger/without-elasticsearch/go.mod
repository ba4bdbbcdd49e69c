// Takes the place of Elasticsearch's client, a third of all that Jaeger would be compiled from: traces are kept in memory here.
module github.com/elastic/go-elasticsearch/v9

go 1.24

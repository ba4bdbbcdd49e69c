// Takes the place of Kafka's client, and with it Kerberos': traces are kept in memory here.
module github.com/Shopify/sarama

go 1.24

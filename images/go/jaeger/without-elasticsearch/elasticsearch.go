// Package elasticsearch has as much of Elasticsearch's client as Jaeger names, and never makes one.
package elasticsearch

import (
	"errors"
	"net/http"

	"github.com/elastic/go-elasticsearch/v9/esapi"
)

// Config has the fields that Jaeger sets.
type Config struct {
	Addresses            []string
	Username             string
	Password             string
	DiscoverNodesOnStart bool
	CompressRequestBody  bool
	Transport            http.RoundTripper
	Header               http.Header
}

// Client is never made.
type Client struct{ Indices *esapi.Indices }

// NewClient always fails.
func NewClient(Config) (*Client, error) {
	return nil, errors.New("this Jaeger was built without Elasticsearch's client")
}

// Package aws has as much of AWS' client as Alertmanager names, and reaches nothing.
package aws

import (
	"net/http"

	"github.com/aws/aws-sdk-go/aws/credentials"
)

// Config has the fields that Alertmanager sets.
type Config struct {
	Region, Endpoint *string
	Credentials      *credentials.Credentials
	HTTPClient       *http.Client
}

// String makes a pointer.
func String(value string) *string { return &value }

// StringValue is what is pointed at.
func StringValue(value *string) string {
	if value == nil {
		return ""
	}
	return *value
}

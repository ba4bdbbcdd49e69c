// Package awserr has the error that Alertmanager looks for.
package awserr

// RequestFailure is never returned.
type RequestFailure interface {
	error
	StatusCode() int
	Message() string
}

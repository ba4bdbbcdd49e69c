// Package mocks is named by Jaeger's own tests, and so must be there for `go mod tidy`.
package mocks

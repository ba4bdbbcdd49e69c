// Package lunes has as much as the log reader names, and knows no language.
package lunes

import "errors"

// ErrUnsupportedLocale is what the log reader looks for.
type ErrUnsupportedLocale struct{ error }

var errWithout = &ErrUnsupportedLocale{errors.New("this collector was built without times of other languages")}

// NewDefaultLocale always fails.
func NewDefaultLocale(string) (any, error) { return nil, errWithout }

// Translate always fails.
func Translate(_, _, _ string) (string, error) { return "", errWithout }

//go:build schemas

package main

// The plugins' schemas are files of these modules. Their code is not used; naming it keeps the modules in go.mod.
import (
	_ "github.com/perses/plugins/prometheus/sdk/go/query"
	_ "github.com/perses/plugins/statchart/sdk/go"
	_ "github.com/perses/plugins/timeserieschart/sdk/go"
)

package main

import (
	"fmt"
	"strconv"

	"github.com/google/shlex"
	"github.com/pulumi/pulumi/sdk/v3/nodejs/npm"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// options are those under runtime.options in Pulumi.yaml, PulumiPolicy.yaml or PulumiPlugin.yaml.
type options struct {
	typescript     bool
	tsconfig       string
	nodeargs       []string
	packagemanager npm.PackageManagerType
}

// parseOptions reads the options; ones it does not know are the official host's business and pass.
func parseOptions(info *pulumirpc.ProgramInfo) (options, error) {
	given := info.GetOptions().AsMap()
	parsed := options{typescript: true}
	var err error
	if value, ok := given["typescript"]; ok {
		if parsed.typescript, err = strconv.ParseBool(fmt.Sprint(value)); err != nil {
			return parsed, fmt.Errorf("the runtime option typescript is %v: give true or false", value)
		}
	}
	if value, ok := given["nodeargs"]; ok {
		if parsed.nodeargs, err = shlex.Split(fmt.Sprint(value)); err != nil {
			return parsed, fmt.Errorf("the runtime option nodeargs is %v, which is no command line: %w", value, err)
		}
	}
	if value, ok := given["tsconfig"]; ok {
		parsed.tsconfig = fmt.Sprint(value)
	}
	if value, ok := given["packagemanager"]; ok {
		parsed.packagemanager = npm.PackageManagerType(fmt.Sprint(value))
	}
	return parsed, nil
}

// environment is what the scripts of @pulumi/pulumi read the TypeScript options from.
func (o options) environment() []string {
	var env []string
	if o.typescript {
		env = append(env, "PULUMI_NODEJS_TYPESCRIPT=true")
	}
	if o.tsconfig != "" {
		env = append(env, "PULUMI_NODEJS_TSCONFIG_PATH="+o.tsconfig)
	}
	return env
}

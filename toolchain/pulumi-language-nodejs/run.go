package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// exitReported is the exit code with which @pulumi/pulumi says that it has told the user about the error already.
const exitReported = 32

// errDebugger is the answer to `--attach-debugger`, which needs the official host.
var errDebugger = errors.New(
	"this language host can't attach a debugger: set nodeargs to --inspect-brk in the runtime options instead")

// Run runs a program to its end. What the program prints goes to the engine, which shows it.
func (h *host) Run(ctx context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	if req.GetAttachDebugger() {
		return nil, errDebugger
	}
	cmd, err := h.programCommand(ctx, req)
	if err != nil {
		return nil, err
	}
	cmd.Stdout = os.Stdout
	cmd.Stderr = os.Stderr
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case errors.As(err, &exit) && exit.ExitCode() == exitReported:
		return &pulumirpc.RunResponse{Bail: true}, nil
	case errors.As(err, &exit):
		return &pulumirpc.RunResponse{Error: "the program ended with " + exit.String()}, nil
	default:
		return nil, fmt.Errorf("the program can't be started: %w", err)
	}
}

// programCommand makes the command that runs the program.
func (h *host) programCommand(ctx context.Context, req *pulumirpc.RunRequest) (*exec.Cmd, error) {
	opts, err := parseOptions(req.GetInfo())
	if err != nil {
		return nil, err
	}
	node, err := findNode()
	if err != nil {
		return nil, err
	}
	script, err := findScript(req.GetInfo().GetProgramDirectory(), "run")
	if err != nil {
		return nil, err
	}
	config, err := configEnvironment(req)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, node, append(append(opts.nodeargs, script), h.programArgs(req)...)...)
	cmd.Env = append(append(os.Environ(), config...), opts.environment()...)
	return cmd, nil
}

// programArgs are the flags of the "run" command, then the program and its own arguments.
func (h *host) programArgs(req *pulumirpc.RunRequest) []string {
	var args []string
	flag := func(name, value string) {
		if value != "" {
			args = append(args, "--"+name, value)
		}
	}
	flag("monitor", req.GetMonitorAddress())
	flag("engine", h.engine)
	flag("organization", req.GetOrganization())
	flag("project", req.GetProject())
	flag("root-directory", req.GetInfo().GetRootDirectory())
	flag("stack", req.GetStack())
	flag("pwd", req.GetPwd())
	flag("parallel", strconv.Itoa(int(req.GetParallel())))
	flag("tracing", h.tracing)
	if req.GetDryRun() {
		args = append(args, "--dry-run")
	}
	return append(append(args, req.GetInfo().GetEntryPoint()), req.GetArgs()...)
}

// configEnvironment hands the stack's settings over in the two variables that @pulumi/pulumi reads.
func configEnvironment(req *pulumirpc.RunRequest) ([]string, error) {
	settings, err := json.Marshal(req.GetConfig())
	if err != nil {
		return nil, err
	}
	secretKeys := req.GetConfigSecretKeys()
	if secretKeys == nil {
		secretKeys = []string{} // an array even when empty: it is read as one
	}
	secrets, err := json.Marshal(secretKeys)
	if err != nil {
		return nil, err
	}
	return []string{"PULUMI_CONFIG=" + string(settings), "PULUMI_CONFIG_SECRET_KEYS=" + string(secrets)}, nil
}

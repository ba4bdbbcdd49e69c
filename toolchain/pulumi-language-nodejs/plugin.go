package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// stopGrace is how long a plugin may take to end by itself once the engine is done with it.
const stopGrace = 5 * time.Second

// RunPlugin runs a plugin written for Node, such as a policy pack, until the engine ends the call.
func (h *host) RunPlugin(
	req *pulumirpc.RunPluginRequest, server grpc.ServerStreamingServer[pulumirpc.RunPluginResponse],
) error {
	if req.GetAttachDebugger() {
		return errDebugger
	}
	cmd, err := pluginCommand(server.Context(), req)
	if err != nil {
		return err
	}
	closer, stdout, stderr, err := rpcutil.MakeRunPluginStreams(server, false)
	if err != nil {
		return err
	}
	cmd.Stdout = stdout
	cmd.Stderr = stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	if err := closer.Close(); err != nil {
		return err
	}
	return server.Send(&pulumirpc.RunPluginResponse{
		Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: int32(cmd.ProcessState.ExitCode())},
	})
}

// pluginCommand makes the command that runs the plugin.
func pluginCommand(ctx context.Context, req *pulumirpc.RunPluginRequest) (*exec.Cmd, error) {
	folder := req.GetInfo().GetProgramDirectory()
	opts, err := parseOptions(req.GetInfo())
	if err != nil {
		return nil, err
	}
	node, err := findNode()
	if err != nil {
		return nil, err
	}
	// A policy pack takes the engine's address first, any other plugin its program; both have their own script.
	command, args := "run-plugin", append([]string{folder}, req.GetArgs()...)
	if req.GetKind() == "analyzer" {
		command, args = "run-policy-pack", append(req.GetArgs(), folder)
	}
	script, err := findScript(folder, command)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, node, append(append(opts.nodeargs, script), args...)...)
	cmd.Dir = req.GetPwd()
	if req.GetKind() == "analyzer" {
		cmd.Dir = folder // it loads its modules and its tsconfig.json from there
	}
	cmd.Env = append(req.GetEnv(), opts.environment()...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopGrace
	return cmd, nil
}

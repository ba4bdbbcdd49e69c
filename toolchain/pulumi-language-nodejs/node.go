package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// findNode gives the path of the Node that runs everything.
func findNode() (string, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return "", fmt.Errorf("node is not on the PATH: install Node.js, or put its folder on the PATH: %w", err)
	}
	return node, nil
}

// findModules gives the nearest node_modules folder, from the given folder upwards, that holds @pulumi/pulumi.
func findModules(from string) (string, error) {
	folder, err := filepath.Abs(from)
	if err != nil {
		return "", err
	}
	for {
		modules := filepath.Join(folder, "node_modules")
		if _, err := os.Stat(filepath.Join(modules, "@pulumi", "pulumi", "package.json")); err == nil {
			return modules, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", fmt.Errorf("no @pulumi/pulumi in %s or above it: run npm install there", from)
		}
		folder = parent
	}
}

// findScript gives the path of one of the commands of @pulumi/pulumi: "run", "run-plugin" or "run-policy-pack".
func findScript(from, command string) (string, error) {
	modules, err := findModules(from)
	if err != nil {
		return "", err
	}
	script := filepath.Join(modules, "@pulumi", "pulumi", "cmd", command, "index.js")
	if _, err := os.Stat(script); err != nil {
		return "", fmt.Errorf("this @pulumi/pulumi has no %q command, raise its version: %w", command, err)
	}
	return script, nil
}

package store

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Owner names this process for OperationRun.Owner: its host, its id, and when it
// began, so that another process that comes to have the id is not taken for it.
func Owner() string {
	pid := os.Getpid()
	return fmt.Sprintf("%s %d %s", hostName(), pid, processStart(pid))
}

// Gone reports whether a process has certainly ended. One on another host may live.
func Gone(owner string) bool {
	host, rest, _ := strings.Cut(owner, " ")
	id, start, _ := strings.Cut(rest, " ")
	pid, err := strconv.Atoi(id)
	if err != nil || pid <= 0 || host != hostName() {
		return false
	}
	if !processExists(pid) {
		return true
	}
	now := processStart(pid)
	return start != "" && now != "" && now != start
}

// hostName has no blanks: they part the words of an owner.
func hostName() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "localhost"
	}
	return strings.ReplaceAll(name, " ", "_")
}

package store

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

func TestGone(t *testing.T) {
	me := Owner()
	if Gone(me) {
		t.Errorf("%q is this process, and lives", me)
	}
	words := strings.SplitN(me, " ", 3)
	if words[2] != "" && !Gone(words[0]+" "+words[1]+" 1@before") {
		t.Error("a process that began at another time is another one")
	}
	if Gone("elsewhere " + words[1] + " 5") {
		t.Error("nobody knows about processes of another host")
	}
	for _, s := range []string{"", "x", "host -1 2", words[0] + " 0 1"} {
		if Gone(s) {
			t.Errorf("%q names no process, so nothing is known of it", s)
		}
	}
	child := exec.Command("true")
	if err := child.Run(); err != nil {
		t.Fatal(err)
	}
	if !Gone(words[0] + " " + strconv.Itoa(child.Process.Pid) + " 1@gone") {
		t.Error("a process that ended and was waited for is gone")
	}
}

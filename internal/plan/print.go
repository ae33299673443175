package plan

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
)

var phaseNames = [...]string{Start: "on-run-start", Main: "nodes", End: "on-run-end"}

// Print writes the plan for people: the tasks in the order in which one worker
// takes them, each with the numbers of those that it waits for.
func (p *Plan) Print(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "%s: %s\n", p.Command, counted(len(p.Tasks), "task"))
	phase := -1
	width := len(strconv.Itoa(len(p.Tasks)))
	for i, t := range p.Tasks {
		if int(t.Phase) != phase {
			phase = int(t.Phase)
			fmt.Fprintf(b, "%s\n", phaseNames[phase])
		}
		fmt.Fprintf(b, "  %*d  %-9s %s%s\n", width, i+1, t.Kind, t.ID, p.waits(i))
	}
	if len(p.Ephemeral) > 0 {
		b.WriteString("within the queries of others\n")
		for _, n := range p.Ephemeral {
			fmt.Fprintf(b, "  %*s  %-9s %s\n", width, "", n.Kind, n.ID)
		}
	}
	return b.Flush()
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// waits names what a task waits for. For a fence that is all before it.
func (p *Plan) waits(i int) string {
	if p.Tasks[i].Fence {
		return "  after all, whatever became of them"
	}
	after := p.After(i)
	if len(after) == 0 {
		return ""
	}
	names := make([]string, len(after))
	for k, a := range after {
		names[k] = strconv.Itoa(a + 1)
	}
	return "  after " + strings.Join(names, ", ")
}

// Hash is the same for two plans exactly if they do the same in the same order:
// tasks, what waits for what, and the text of each node as it stood when the
// plan was made.
func (p *Plan) Hash() string {
	h := sha256.New()
	put := func(parts ...string) {
		for _, s := range parts {
			fmt.Fprintf(h, "%d:%s\n", len(s), s) // with lengths, no two lists give the same text
		}
	}
	put(p.Command)
	for i, t := range p.Tasks {
		put(t.ID, string(t.Kind), strconv.Itoa(int(t.Phase)), strconv.FormatBool(t.Fence), t.Macro, t.SQL)
		if t.Args != nil {
			put(string(t.Args.AppendRepr(nil)))
		}
		if n := t.Node; n != nil {
			put(n.Checksum, n.Raw, n.RelationName, string(n.Config.Dict().AppendRepr(nil)))
		}
		for _, j := range p.schedule.graph.Parents(int32(i)) {
			put(strconv.Itoa(int(j)))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

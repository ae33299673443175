package pyrun

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

const (
	// partingTime is how long a script may live on that has closed its connection.
	partingTime = 2 * time.Second
	// lingerTime is how long processes that a script left behind may take to end by
	// themselves, as the helpers of Python's multiprocessing do.
	lingerTime = 250 * time.Millisecond
	// drainTime is how long the output is read once nothing of the script is left: a
	// process that could not be ended may hold it open.
	drainTime = 2 * time.Second
)

// process is a script from its start until nothing of it is left.
type process struct {
	job    *Job
	log    func(Line)
	bridge *bridge
	args   []string
	mark   string // in the environment of all that the script starts

	cmd    *exec.Cmd
	group  *group
	out    output
	exited chan error
}

// Exited is a script that ended with an exit code other than 0, or by a signal.
type Exited struct {
	Code   int
	Signal string // "killed", "" where no signal ended it
	Tail   string // the last that it wrote to standard error
}

func (e *Exited) Error() string {
	msg := fmt.Sprintf("the script ended with exit code %d", e.Code)
	switch {
	case e.Signal == "killed":
		msg = "the script was ended by the signal SIGKILL, which the system sends where memory runs out"
	case e.Signal != "":
		msg = "the script was ended by a signal: " + e.Signal
	}
	if e.Tail != "" {
		msg += "\n" + e.Tail
	}
	return msg
}

// run starts the process and sees it to its end.
func (p *process) run(ctx context.Context) error {
	p.out = output{to: p.log, limit: p.job.LogLimit}
	if p.out.limit <= 0 {
		p.out.limit = DefaultLogLimit
	}
	p.bridge.log = p.out.take
	drained, err := p.start()
	if err != nil {
		return err
	}
	answering, stop := context.WithCancel(ctx)
	defer stop()
	go p.bridge.serve(answering)
	state, why := p.wait(ctx)
	if why == nil && p.bridge.spoken() {
		// What the process had said before it ended is still to be read, up to the end that
		// the system puts behind it.
		select {
		case <-p.bridge.over:
		case <-time.After(partingTime):
		}
	}
	stop() // a statement under way is nobody's any more
	p.bridge.close()
	grace := lingerTime
	if why != nil {
		grace = p.grace()
	}
	left := p.group.end(grace)
	p.awaitOutput(drained)
	<-p.bridge.over
	p.out.finish()
	p.tellLeft(left, why)
	return p.verdict(state, why)
}

// start starts the process. The channel is closed once all of its output is read.
func (p *process) start() (drained *streams, err error) {
	p.cmd = exec.Command(p.args[0], p.args[1:]...)
	p.cmd.Dir, p.cmd.Env = p.job.Dir, p.environ()
	drained, err = openStreams()
	if err != nil {
		return nil, err
	}
	p.cmd.Stdout, p.cmd.Stderr = drained.out[1], drained.err[1]
	p.group, err = startGroup(p.cmd, p.mark)
	drained.started()
	if err != nil {
		drained.close()
		if errors.Is(err, os.ErrNotExist) && dirMissing(p.job.Dir) {
			return nil, fmt.Errorf("the working directory of %s is not there: %s", p.job.Name, p.job.Dir)
		}
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, exec.ErrNotFound) {
			return nil, &InterpreterError{fmt.Sprintf("%s, which %s is to run in, is not there: name another Python in the environment variable DEX_PYTHON", p.args[0], p.job.Name)}
		}
		return nil, fmt.Errorf("start the script of %s: %w", p.job.Name, err)
	}
	p.exited = make(chan error, 1)
	go func() { p.exited <- p.cmd.Wait() }()
	drained.read(&p.out)
	return drained, nil
}

func dirMissing(dir string) bool {
	if dir == "" {
		return false
	}
	_, err := os.Stat(dir)
	return errors.Is(err, os.ErrNotExist)
}

// wait waits for the end of the process, and brings it about where it has to: the
// second result is why. The first is what exec.Cmd.Wait said.
func (p *process) wait(ctx context.Context) (state, why error) {
	select {
	case state = <-p.exited:
		return state, nil
	case <-ctx.Done():
		return p.terminate(), context.Cause(ctx)
	case <-p.bridge.over:
	}
	end := &p.bridge.end
	if end.err != nil {
		return p.terminate(), end.err
	}
	patience := partingTime
	if end.bye {
		patience = p.grace()
	}
	select {
	case state = <-p.exited:
		return state, nil
	case <-ctx.Done():
		return p.terminate(), context.Cause(ctx)
	case <-time.After(patience):
	}
	if end.bye {
		p.log(Line{Stream: "dex", Level: Warning, Text: fmt.Sprintf("the script was done but its process did not end within %s: it was ended", patience)})
		p.terminate()
		return nil, nil
	}
	return p.terminate(), &ProtocolError{What: "the script closed its connection to dex and went on without it; it was ended"}
}

func (p *process) grace() time.Duration {
	if p.job.Grace > 0 {
		return p.job.Grace
	}
	return DefaultGrace
}

// terminate asks the process to end, and after the time of grace makes it.
func (p *process) terminate() error {
	p.group.ask()
	select {
	case err := <-p.exited:
		return err
	case <-time.After(p.grace()):
	}
	p.group.kill()
	return <-p.exited
}

// awaitOutput waits for the end of the output.
func (p *process) awaitOutput(s *streams) {
	select {
	case <-s.done:
	case <-time.After(drainTime):
	}
	s.close()
	<-s.done
}

func (p *process) tellLeft(left leftOver, why error) {
	if len(left.killed) > 0 && why == nil {
		p.log(Line{Stream: "dex", Level: Warning, Text: "the script left processes running, and they were ended: " + strings.Join(left.killed, ", ")})
	}
	if len(left.alive) > 0 {
		p.log(Line{Stream: "dex", Level: Error, Text: "processes of the script could not be ended: " + strings.Join(left.alive, ", ")})
	}
}

// verdict says how the script ended: nil where all went well.
func (p *process) verdict(state, why error) error {
	end := &p.bridge.end
	switch {
	case why != nil:
		return why
	case end.err != nil:
		return end.err
	case end.failed != nil:
		return end.failed
	case state != nil:
		var exit *exec.ExitError
		if !errors.As(state, &exit) {
			return fmt.Errorf("wait for the script of %s: %w", p.job.Name, state)
		}
		return &Exited{Code: exit.ExitCode(), Signal: signalOf(exit.ProcessState), Tail: p.out.last()}
	case !end.met:
		return &ProtocolError{What: "the process ended before it had loaded the script: is " + p.args[0] + " a Python?"}
	case !end.bye:
		return &ProtocolError{What: "the script ended without telling dex that it is done (os._exit, or a connection that it closed): it may have done its work in part"}
	}
	return nil
}

// passed are the variables that every script gets.
var passed = []string{"PATH", "HOME", "LANG", "TZ"}

// environ is the script's whole environment.
func (p *process) environ() []string {
	mine := []string{"DEX_OPERATION=" + p.mark, "PYTHONPATH=" + p.job.moduleDir()}
	if p.job.Environ == nil {
		env := append(p.job.variables(passed), p.job.variables(p.job.Env)...)
		return append(env, mine...)
	}
	var env []string
	for _, kv := range p.job.Environ {
		path, ok := strings.CutPrefix(kv, "PYTHONPATH=")
		switch {
		case !ok:
			env = append(env, kv)
		case path != "":
			mine[1] += string(os.PathListSeparator) + path
		}
	}
	return append(env, mine...)
}

// variables gives those of the names that are set.
func (j *Job) variables(names []string) []string {
	var env []string
	for _, name := range names {
		if v, ok := j.Getenv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// streams are the pipes of standard output and standard error.
type streams struct {
	out, err [2]*os.File // to read, to write
	done     chan struct{}
	once     sync.Once
}

func openStreams() (*streams, error) {
	s := &streams{done: make(chan struct{})}
	var err error
	if s.out[0], s.out[1], err = os.Pipe(); err != nil {
		return nil, fmt.Errorf("open a pipe for a script's output: %w", err)
	}
	if s.err[0], s.err[1], err = os.Pipe(); err != nil {
		s.out[0].Close()
		s.out[1].Close()
		return nil, fmt.Errorf("open a pipe for a script's output: %w", err)
	}
	return s, nil
}

// started closes the ends that the process has now.
func (s *streams) started() {
	s.out[1].Close()
	s.err[1].Close()
}

func (s *streams) read(o *output) {
	var wg sync.WaitGroup
	wg.Go(func() { o.read(s.out[0], "stdout") })
	wg.Go(func() { o.read(s.err[0], "stderr") })
	go func() {
		wg.Wait()
		close(s.done)
	}()
}

func (s *streams) close() {
	s.once.Do(func() {
		s.out[0].Close()
		s.err[0].Close()
	})
}

package engine

import (
	"context"

	"dex/internal/deps"
	"dex/internal/event"
	"dex/internal/profile"
	"dex/internal/project"
)

// installDeps installs the packages of packages.yml. It needs the project, not
// what is installed already; a profile is read where there is one, since
// packages.yml may ask for the target.
func installDeps(ctx context.Context, w *work) error {
	if err := w.loadRoot(ctx); err != nil {
		return err
	}
	r, faults, err := deps.Install(ctx, deps.Options{
		Root: w.project.Root, Upgrade: w.inv.Upgrade, LockOnly: w.inv.Lock,
		Renderer: profile.Revealing(&yamlRenderer{inv: w.render, secret: profile.Placeholder}, w.engine.Getenv),
	})
	if lerr := w.take(faults); lerr != nil {
		return lerr
	}
	if err != nil {
		return err
	}
	for _, n := range r.Notices {
		w.engine.emit(event.Info, event.Note{Msg: n})
	}
	return nil
}

// loadRoot reads dbt_project.yml alone: for the commands that fill or empty
// folders.
func (w *work) loadRoot(ctx context.Context) error {
	if err := w.readRoot(); err != nil {
		return err
	}
	w.render = w.newRender()
	return w.loadSettings(ctx)
}

// loadSettings reads what dbt_project.yml says, and no other file.
func (w *work) loadSettings(ctx context.Context) error {
	p, faults, err := project.Load(ctx, project.Options{Raw: w.raw, Renderer: &yamlRenderer{inv: w.render}, SkipInstalled: true, SkipFiles: true})
	if lerr := w.take(faults); lerr != nil {
		return lerr
	}
	w.project = p
	return err
}

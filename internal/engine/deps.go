package engine

import (
	"context"

	"dex/internal/deps"
	"dex/internal/profile"
	"dex/internal/project"
)

// installDeps installs the packages of packages.yml. It needs the project, not
// what is installed already, and no profile.
func installDeps(ctx context.Context, w *work) error {
	if err := w.loadRoot(ctx); err != nil {
		return err
	}
	_, faults, err := deps.Install(ctx, deps.Options{
		Root: w.project.Root, Upgrade: w.inv.Upgrade, LockOnly: w.inv.Lock, Add: w.inv.Add,
		Renderer: profile.Revealing(&yamlRenderer{inv: w.render, secret: profile.Placeholder}, w.engine.Getenv),
		Version:  w.requiredVersion(), Env: w.engine.Getenv, Clean: w.clean,
		Emit: w.engine.emit, Warn: w.warn,
	})
	if lerr := w.take(faults); lerr != nil {
		return lerr
	}
	return err
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
	p, faults, err := project.Load(ctx, project.Options{Raw: w.raw, Renderer: w.projectRenderer(), SkipInstalled: true, SkipFiles: true})
	if lerr := w.take(faults); lerr != nil {
		return lerr
	}
	w.project = p
	return err
}

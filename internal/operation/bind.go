package operation

import (
	"fmt"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja"
	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// Given is one value that a caller gives for a parameter.
type Given struct {
	Name  string
	Value value.Value
	From  string // for messages: "--param", "--params-file grants.yml", "hook audit"
}

// Values are an operation's parameters with good values, in the order in which
// they are declared.
type Values struct{ List []Bound }

// Bound is one parameter with its value.
type Bound struct {
	Param *Param
	Value value.Value // None where it is not required and nobody gave one
	From  string      // where the value comes from: as Given.From, "$NAME", "default"; "" is nowhere
}

// Bind gives every parameter its value. given is in ascending order of precedence:
// of two for one parameter the later counts, but two of one source are a fault
// (for a list they add up). Below all of them comes the environment variable that
// the parameter names, below that its default, which render gives where it is a
// template.
//
// The list has every fault there is: unknown parameters, missing ones, values that
// do not fit. It has been made without asking a database.
func Bind(op *Operation, given []Given, env func(string) (string, bool), render func(src string) (value.Value, error)) (Values, diag.List) {
	b := binder{op: op, given: map[string]Given{}, env: env, render: render}
	for _, g := range given {
		b.take(g)
	}
	out := Values{List: make([]Bound, len(op.Params))}
	for i, p := range op.Params {
		out.List[i] = b.bind(p)
	}
	return out, b.faults
}

type binder struct {
	op     *Operation
	given  map[string]Given
	env    func(string) (string, bool)
	render func(src string) (value.Value, error)
	faults diag.List
}

func (b *binder) take(g Given) {
	p := b.op.Param(g.Name)
	if p == nil {
		b.unknown(g)
		return
	}
	had, twice := b.given[g.Name]
	if twice = twice && had.From == g.From; twice {
		if p.Type == List {
			g.Value = joined(itemsOf(had.Value), itemsOf(g.Value))
		} else {
			b.fault(p, "param-twice", fmt.Sprintf("%s gives parameter %s twice", g.From, g.Name), "Keep one of the two.")
		}
	}
	b.given[g.Name] = g
}

// itemsOf is what one of several values of a list adds to it.
func itemsOf(v value.Value) value.Value {
	if s, ok := v.(value.Str); ok {
		if items, err := listItems(string(s)); err == nil {
			return value.NewList(items...)
		}
	}
	return v
}

func (b *binder) unknown(g Given) {
	names := make([]string, len(b.op.Params))
	for i, p := range b.op.Params {
		names[i] = p.Name
	}
	hint := "It has: " + strings.Join(names, ", ") + "."
	if len(names) == 0 {
		hint = "It has no parameters."
	}
	if near := yamldoc.Nearest(g.Name, names); near != "" {
		hint = "Did you mean '" + near + "'? " + hint
	}
	b.faults.Add(b.op.fault(b.op.Pos.File, "param-unknown", fmt.Sprintf("operation %s has no parameter '%s' (%s)", b.op.Name, g.Name, g.From), hint))
}

// bind finds a parameter's value.
func (b *binder) bind(p *Param) Bound {
	out := Bound{Param: p, Value: value.None}
	v, from, ok := b.source(p)
	if !ok {
		return out
	}
	if v == nil {
		if p.Required {
			hint := "Give it with --param " + p.Name + "=…"
			if p.Env != "" {
				hint += " or by the variable " + p.Env
			}
			b.fault(p, "param-missing", "parameter "+p.Name+" is missing", hint+". "+p.expects())
		}
		return out
	}
	typed, err := p.Convert(v)
	if err != nil {
		b.fault(p, "param-invalid", fmt.Sprintf("parameter %s (%s): %v", p.Name, from, p.hide(err)), p.expects())
		return out
	}
	out.Value, out.From = typed, from
	return out
}

// source is the value that counts; nil where there is none. It is false after a
// fault.
func (b *binder) source(p *Param) (v value.Value, from string, ok bool) {
	if g, ok := b.given[p.Name]; ok && g.Value != value.None {
		return g.Value, g.From, true
	}
	if p.Env != "" && b.env != nil {
		if s, ok := b.env(p.Env); ok {
			return value.Str(s), "$" + p.Env, true
		}
	}
	if p.Default == nil {
		return nil, "", true
	}
	s, isText := p.Default.(value.Str)
	if !isText || !jinja.HasTags(string(s)) || b.render == nil {
		return value.Copy(p.Default), "default", true // a template may change what it is given
	}
	v, err := b.render(string(s))
	if err != nil {
		b.fault(p, "param-default", fmt.Sprintf("the default of parameter %s cannot be rendered: %v", p.Name, err), "")
		return nil, "", false
	}
	if v == value.None {
		return nil, "", true
	}
	return v, "default", true
}

// expects says what a parameter takes.
func (p *Param) expects() string {
	s := "It takes " + p.Takes() + "."
	if p.Description != "" {
		s += " " + p.Description
	}
	return s
}

// Takes tells type and bounds in a few words: "an integer from 1 to 10".
func (p *Param) Takes() string {
	s := typeWords[p.Type] + p.lengths()
	if p.Type == List && p.Item != nil {
		s += ", each " + p.Item.Takes()
	}
	switch {
	case p.Min != nil && p.Max != nil:
		s += " from " + value.ToStr(p.Min) + " to " + value.ToStr(p.Max)
	case p.Min != nil:
		s += " from " + value.ToStr(p.Min)
	case p.Max != nil:
		s += " up to " + value.ToStr(p.Max)
	}
	if len(p.Enum) > 0 {
		s += ", one of " + p.choices()
	}
	if p.Pattern != "" {
		s += " that matches " + p.Pattern
	}
	return s
}

func (p *Param) lengths() string {
	what := "character"
	if p.Type == List {
		what = "item"
	}
	of := func(n int) string {
		if n == 1 {
			return "1 " + what
		}
		return fmt.Sprintf("%d %ss", n, what)
	}
	switch {
	case p.MinLength != nil && p.MaxLength != nil:
		return fmt.Sprintf(" of %d to %s", *p.MinLength, of(*p.MaxLength))
	case p.MinLength != nil:
		return " of at least " + of(*p.MinLength)
	case p.MaxLength != nil:
		return " of at most " + of(*p.MaxLength)
	}
	return ""
}

// Written gives a value as the command line writes it: true, 5, a,b.
func Written(v value.Value) string {
	switch x := v.(type) {
	case value.Bool:
		return strings.ToLower(value.ToStr(x))
	case *value.List:
		items := make([]string, len(x.Elems))
		for i, e := range x.Elems {
			items[i] = Written(e)
		}
		return strings.Join(items, ",")
	case *value.Dict:
		if b, err := value.AppendJSON(nil, x, value.JSONOptions{Default: JSONText}); err == nil {
			return string(b)
		}
	}
	return value.ToStr(v)
}

var typeWords = map[Type]string{
	String: "a text", Integer: "an integer", Number: "a number", Boolean: "true or false", Date: "a date (2024-01-31)",
	Timestamp: "a timestamp (2024-01-31T08:30:00Z)", Identifier: "a name", Relation: "a relation (schema.table)", JSON: "JSON",
	List: "a list (a,b or JSON)", Secret: "a secret text",
}

func (b *binder) fault(p *Param, code, summary, hint string) {
	b.faults.Add(b.op.fault(p.Pos.File, code, summary, hint))
}

// fault is an error about what the operation was given: it names the file, not a
// line, since nothing is wrong with the file.
func (op *Operation) fault(file, code, summary, hint string) diag.Diagnostic {
	return diag.Diagnostic{Class: diag.Runtime, Code: code, Summary: summary, Hint: hint, Node: string(op.ID), Pos: diag.Pos{File: file}, Where: op.Where()}
}

// Get finds a value; None where there is no such parameter.
func (v Values) Get(name string) value.Value {
	for _, b := range v.List {
		if b.Param.Name == name {
			return b.Value
		}
	}
	return value.None
}

// Dict gives the values by name.
func (v Values) Dict() *value.Dict {
	d := value.NewDict(len(v.List))
	for _, b := range v.List {
		d.SetStr(b.Param.Name, b.Value)
	}
	return d
}

// Masked gives the values by name as records show them: hidden ones as stars.
func (v Values) Masked() *value.Dict {
	d := value.NewDict(len(v.List))
	for _, b := range v.List {
		if b.Param.Hidden() && b.Value != value.None {
			d.SetStr(b.Param.Name, value.Str("*****"))
		} else {
			d.SetStr(b.Param.Name, b.Value)
		}
	}
	return d
}

// Hidden lists the texts that were given for parameters which must never be shown,
// whatever comes of them: they are to be known before a fault is told.
func Hidden(op *Operation, given []Given) []string {
	var v Values
	for _, g := range given {
		if p := op.Param(g.Name); p != nil && p.Hidden() {
			v.List = append(v.List, Bound{Param: p, Value: g.Value})
		}
	}
	return v.Secrets()
}

// WrittenSecrets lists the defaults of hidden parameters that stand in the project
// itself, where they should not.
func (op *Operation) WrittenSecrets() []string {
	var v Values
	for _, p := range op.Params {
		if p.Hidden() && p.Default != nil {
			v.List = append(v.List, Bound{Param: p, Value: p.Default})
		}
	}
	return v.Secrets()
}

// Secrets lists the texts that must never be shown.
func (v Values) Secrets() []string {
	var out []string
	var add func(x value.Value)
	add = func(x value.Value) {
		switch x := x.(type) {
		case value.NoneType, value.Bool:
		case *value.List:
			for _, e := range x.Elems {
				add(e)
			}
		case *value.Dict:
			x.Each(func(_, e value.Value) bool {
				add(e)
				return true
			})
		default:
			out = append(out, value.ToStr(x))
		}
	}
	for _, b := range v.List {
		if b.Param.Hidden() {
			add(b.Value)
		}
	}
	return out
}

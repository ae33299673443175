package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// metaProject is a small project made at random from a seed, the same on every
// database: each relation has the columns of metaColumns, and ids that are unique
// unless a model says otherwise.
type metaProject struct {
	rnd   *rand.Rand
	nodes []*metaNode // each refers to earlier ones only
	files map[string]string
	// macros is the file of the project's macros.
	macros string
}

// metaNode is a seed, model or snapshot.
type metaNode struct {
	name  string
	kind  string // "seed", "table", "view", "incremental", "ephemeral", "snapshot"
	from  []*metaNode
	sql   string
	props string // its entry in a properties file
}

const metaColumns = "id, grp, amount, day, flag"

// newMetaProject makes the project of a seed.
func newMetaProject(seed uint64) *metaProject {
	p := &metaProject{rnd: rand.New(rand.NewPCG(seed, 1)), files: map[string]string{}, macros: metaMacros}
	for i := range 1 + p.rnd.IntN(3) {
		p.seed(fmt.Sprintf("raw_%d", i))
	}
	for i := range 5 + p.rnd.IntN(8) {
		if p.rnd.IntN(6) == 0 {
			p.snapshot(fmt.Sprintf("kept_%d", i))
		} else {
			p.model(fmt.Sprintf("m_%d", i), uint(i))
		}
	}
	p.tests()
	return p
}

const metaMacros = `{% macro cols(of='') %}{% for c in ['id', 'grp', 'amount', 'day', 'flag'] %}{{ of ~ '.' if of }}{{ c }}{{ ', ' if not loop.last }}{% endfor %}{% endmacro %}
{% macro money(expression) %}cast({{ expression }} as numeric(18, 4)){% endmacro %}
{% macro tell(what) %}insert into {{ target.schema }}.told (what) values ('{{ what }}'){% endmacro %}
{% test few(model, column_name, most=3) %}select {{ column_name }} from {{ model }} group by {{ column_name }} having count(*) > {{ most }}{% endtest %}
`

// one takes one at random.
func one[T any](p *metaProject, of ...T) T { return of[p.rnd.IntN(len(of))] }

// earlier takes a node to refer to.
func (p *metaProject) earlier() *metaNode { return p.nodes[p.rnd.IntN(len(p.nodes))] }

func (p *metaProject) seed(name string) {
	var csv strings.Builder
	csv.WriteString("id,grp,amount,day,flag\n")
	for i := range 5 + p.rnd.IntN(40) {
		grp, flag := one(p, "north", "south", "O'Hara", "", "ümlaut"), one(p, "true", "false", "")
		fmt.Fprintf(&csv, "%d,%s,%d.%02d,2025-%02d-%02d,%s\n", i+1, grp, p.rnd.IntN(500), p.rnd.IntN(100), 1+p.rnd.IntN(12), 1+p.rnd.IntN(28), flag)
	}
	p.nodes = append(p.nodes, &metaNode{name: name, kind: "seed", sql: csv.String(),
		props: "config: {column_types: {id: integer, grp: varchar(20), amount: 'numeric(18, 4)', day: date, flag: boolean}}"})
}

// model adds one; bit is its own, for ids that it makes.
func (p *metaProject) model(name string, bit uint) {
	n := &metaNode{name: name, kind: one(p, "table", "table", "view", "incremental", "incremental", "ephemeral")}
	a, b := p.earlier(), p.earlier()
	n.from = []*metaNode{a}
	from, second := from(a, "a"), from(b, "b")
	switch p.rnd.IntN(7) {
	case 0:
		n.sql = fmt.Sprintf("select {{ cols() }} from %s where id %% %d <> 1", from, 2+p.rnd.IntN(4))
	case 1:
		n.sql = fmt.Sprintf("select id, upper(grp) as grp, {{ money('amount * ' ~ var('factor', 2)) }} as amount, cast(day + interval '%d day' as date) as day, not flag as flag from %s", p.rnd.IntN(40), from)
	case 2:
		n.from = append(n.from, b)
		n.sql = fmt.Sprintf("select a.id, b.grp, {{ money('a.amount + b.amount') }} as amount, a.day, a.flag or b.flag as flag from %s left join %s on a.id = b.id", from, second)
	case 3:
		n.from = append(n.from, b)
		n.sql = fmt.Sprintf("select id, min(grp) as grp, {{ money('sum(amount)') }} as amount, max(day) as day, bool_or(flag) as flag from (select {{ cols('a') }} from %s union all select {{ cols('b') }} from %s) u group by id", from, second)
	case 4:
		n.sql = fmt.Sprintf("select id, grp, {{ money('sum(amount) over (partition by grp order by id rows unbounded preceding)') }} as amount, day, flag from %s", from)
	case 5:
		n.sql = fmt.Sprintf("select cast(row_number() over (order by grp) as integer) as id, grp, {{ money('sum(amount)') }} as amount, min(day) as day, bool_and(flag) as flag from %s group by grp", from)
	case 6:
		n.sql = fmt.Sprintf("{%% for i in range(2) %%}select id + {{ i * %d }} as id, grp, amount, day, flag from %s{{ ' union all ' if not loop.last }}{%% endfor %%}", 1<<(8+bit), from)
	}
	n.sql = p.config(n) + n.sql + "\n"
	p.nodes = append(p.nodes, n)
}

// from is a node as a FROM clause has it: of a snapshot its present rows.
func from(n *metaNode, alias string) string {
	if n.kind == "snapshot" {
		return fmt.Sprintf("(select {{ cols() }} from {{ ref('%s') }} where dbt_valid_to is null) %s", n.name, alias)
	}
	return fmt.Sprintf("{{ ref('%s') }} %s", n.name, alias)
}

// config is what a model says of itself. An incremental one has the same rows after
// each run of unchanged data.
func (p *metaProject) config(n *metaNode) string {
	words := []string{"materialized='" + n.kind + "'"}
	if n.kind == "incremental" {
		switch p.rnd.IntN(3) {
		case 0: // appends what is not there
			words = append(words, "incremental_strategy='append'")
			n.sql = "select * from (" + n.sql + ") made {% if is_incremental() %}where id not in (select id from {{ this }}){% endif %}"
		case 1:
			words = append(words, "incremental_strategy='delete+insert'", "unique_key='id'")
		case 2:
			words = append(words, "incremental_strategy='merge'", "unique_key=['id']")
		}
	}
	if n.kind != "ephemeral" {
		if p.rnd.IntN(4) == 0 {
			words = append(words, "schema='"+one(p, "extra", "more")+"'")
		}
		if p.rnd.IntN(4) == 0 {
			words = append(words, "alias='"+n.name+"_aliased'")
		}
		if p.rnd.IntN(3) == 0 {
			words = append(words, "pre_hook=\"{{ tell('"+n.name+"') }}\"")
		}
		if p.rnd.IntN(3) == 0 {
			words = append(words, "post_hook=[\"{{ tell('made "+n.name+"') }}\", {'sql': \"{{ tell('after "+n.name+"') }}\", 'transaction': false}]")
		}
	}
	if p.rnd.IntN(3) == 0 {
		words = append(words, "tags=['"+one(p, "red", "blue")+"']")
	}
	return "{{ config(" + strings.Join(words, ", ") + ") }}\n"
}

func (p *metaProject) snapshot(name string) {
	of := p.earlier()
	for of.kind == "snapshot" || of.kind == "ephemeral" {
		of = p.nodes[0]
	}
	how := one(p, "strategy: check, check_cols: [grp, amount]", "strategy: timestamp, updated_at: day", "strategy: check, check_cols: all, hard_deletes: invalidate")
	p.nodes = append(p.nodes, &metaNode{name: name, kind: "snapshot", from: []*metaNode{of},
		props: fmt.Sprintf("relation: ref('%s')\n    config: {unique_key: id, %s}", of.name, how)})
}

// tests gives nodes their tests and descriptions. Tests may fail, but then they warn:
// a build goes on.
func (p *metaProject) tests() {
	for i, n := range p.nodes {
		var tests []string
		if n.kind != "snapshot" {
			for _, test := range []string{"not_null", "unique", "few", "few: {arguments: {most: 1}, config: {store_failures: true}}"} {
				if p.rnd.IntN(3) == 0 {
					tests = append(tests, test)
				}
			}
		}
		if i > 0 && p.rnd.IntN(3) == 0 && n.kind != "snapshot" {
			to := p.nodes[p.rnd.IntN(i)]
			tests = append(tests, fmt.Sprintf("relationships: {arguments: {to: ref('%s'), field: id}}", to.name))
		}
		more := "    description: \"The {{ doc('told') }} of " + n.name + "\"\n"
		if n.props != "" {
			more += "    " + n.props + "\n"
		}
		if len(tests) > 0 {
			more += "    columns:\n      - name: id\n        data_tests:\n          - " + strings.Join(tests, "\n          - ") + "\n"
		}
		n.props = more
	}
}

// layout is where a project's files stand; the project is the same in each.
type layout struct {
	// folder of a node's file below models, snapshots or seeds.
	folder func(i int) string
	// properties names the file of a node's entry.
	properties func(i int) string
	// reversed writes files in the opposite order.
	reversed bool
}

var plainLayout = layout{
	folder:     func(int) string { return "" },
	properties: func(int) string { return "schema" },
}

// scattered puts each file somewhere else.
func scattered(seed uint64) layout {
	rnd := rand.New(rand.NewPCG(seed, 2))
	names := make([]string, 64)
	for i := range names {
		names[i] = string(rune('a'+rnd.IntN(26))) + fmt.Sprint(rnd.IntN(4))
	}
	return layout{
		folder:     func(i int) string { return names[i%64] + "/" + names[(i+1)%64] + "/" },
		properties: func(i int) string { return names[(i+2)%64] + "_props" },
		reversed:   true,
	}
}

// texts gives the project's files in a layout.
func (p *metaProject) texts(l layout) map[string]string {
	out := map[string]string{
		"dbt_project.yml": metaProjectFile, "macros/all.sql": p.macros, "models/docs.md": "{% docs told %}story{% enddocs %}\n",
		"tests/no_nulls.sql": "{{ config(severity='warn') }}\nselect id from {{ ref('raw_0') }} where grp is null\n",
	}
	folders := map[string]string{"seed": "seeds", "snapshot": "snapshots"}
	entries := map[string][]string{} // properties file -> entries
	for i, n := range p.nodes {
		folder := folders[n.kind]
		section := folder
		if folder == "" {
			folder, section = "models", "models"
			out["models/"+l.folder(i)+n.name+".sql"] = n.sql
		} else if n.kind == "seed" {
			out["seeds/"+l.folder(i)+n.name+".csv"] = n.sql
		}
		file := folder + "/" + l.properties(i) + ".yml"
		if entries[file] == nil {
			entries[file] = []string{section + ":\n"}
		}
		entries[file] = append(entries[file], "  - name: "+n.name+"\n"+n.props)
	}
	for file, lines := range entries {
		if l.reversed { // entries too
			slices.Reverse(lines[1:])
		}
		out[file] = strings.Join(lines, "")
	}
	return out
}

const metaProjectFile = `name: meta
profile: meta
data_tests:
  +severity: warn
on-run-start: "create table if not exists {{ target.schema }}.told (what varchar(60))"
`

// upTo gives the names of a set of nodes that is closed: what they refer to is in it.
func (p *metaProject) upTo(rnd *rand.Rand) []string {
	in := map[*metaNode]bool{}
	var add func(n *metaNode)
	add = func(n *metaNode) {
		in[n] = true
		for _, f := range n.from {
			add(f)
		}
	}
	for range 1 + rnd.IntN(3) {
		add(p.nodes[rnd.IntN(len(p.nodes))])
	}
	names := map[string]bool{}
	for n := range in {
		names[n.name] = true
	}
	return slices.Sorted(maps.Keys(names))
}

package sqltext

import "testing"

func TestWithoutRelation(t *testing.T) {
	name := [3]string{"shop", "dw", "orders"}
	const e = "(none)"
	cases := []struct {
		sql, want      string
		reads          int
		counted, makes bool
		needs          string
	}{
		// the mission's own, and its like
		{sql: `insert into log select '"shop"."dw"."orders" - BEFORE', current_timestamp, (select count(*) from "shop"."dw"."orders"), 'x'`,
			want: `insert into log select '"shop"."dw"."orders" - BEFORE', current_timestamp, (select count(*) from (none) as "orders"), 'x'`, reads: 1, counted: true},
		{sql: `insert into log select 'BEFORE', count(*) from "shop"."dw"."orders"`, want: `insert into log select 'BEFORE', count(*) from (none) as "orders"`, reads: 1, counted: true},
		{sql: `select max(id) from dw.ORDERS where id > 1`, want: `select max(id) from (none) as "orders" where id > 1`, reads: 1},
		// aliases
		{sql: `select o.id from dw.orders o, dw.orders as p join Shop.Dw.Orders on true`, want: `select o.id from (none) o, (none) as p join (none) as "orders" on true`, reads: 3},
		{sql: `select * from dw.orders "x" left join y using (id)`, want: `select * from (none) "x" left join y using (id)`, reads: 1},
		{sql: `from dw.orders select id`, want: `from (none) as "orders" select id`, reads: 1},
		{sql: `select * from (dw.orders join b using (id)), lateral (select 1 from "dw"."orders") z`,
			want: `select * from ((none) as "orders" join b using (id)), lateral (select 1 from (none) as "orders") z`, reads: 2},
		{sql: `with a as (select * from dw.orders), b as materialized (select * from a) select * from b where id in (select id from dw.orders)`,
			want: `with a as (select * from (none) as "orders"), b as materialized (select * from a) select * from b where id in (select id from (none) as "orders")`, reads: 2},
		{sql: `merge into x using dw.orders on x.id = orders.id when matched then delete`, want: `merge into x using (none) as "orders" on x.id = orders.id when matched then delete`, reads: 1},
		{sql: `create table if not exists dw.backup as select * from dw.orders`, want: `create table if not exists dw.backup as select * from (none) as "orders"`, reads: 1},
		{sql: "select 1 from /* dw.orders */ dw -- dw.orders\n.orders;\nselect 2 from x.dw.orders, dw.orders", want: "select 1 from /* dw.orders */ (none) as \"orders\";\nselect 2 from x.dw.orders, (none) as \"orders\"", reads: 2},
		// what names nothing
		{sql: `select 'from dw.orders', $$from dw.orders$$, "from dw.orders" -- from dw.orders`},
		{sql: `select orders.id, dw.orders_2.id from orders, dw.orders_2`},
		{sql: `select extract(year from dw.orders)`, needs: `select extract(year from dw.orders)`},
		{sql: `select a is distinct from dw.orders`, needs: `select a is distinct from dw.orders`},
		{sql: `select * from dw.orders(1)`, needs: `select * from dw.orders(1)`},
		// targets
		{sql: `drop table if exists dw.orders cascade`},
		{sql: `alter table if exists dw.orders add column x int`},
		{sql: `create table if not exists dw.orders (id int); insert into dw.orders values (1)`, makes: true, needs: `insert into dw.orders values (1)`},
		{sql: `create or replace temp view "dw"."orders" as select 1`, makes: true},
		{sql: `select 1; delete from dw.orders where id in (select id from dw.orders)`,
			want: `select 1; delete from dw.orders where id in (select id from (none) as "orders")`, reads: 1, needs: `delete from dw.orders where id in (select id from dw.orders)`},
		{sql: `update dw.orders set a = 1`, needs: `update dw.orders set a = 1`},
		{sql: `insert into dw.orders select 1`, needs: `insert into dw.orders select 1`},
		{sql: `truncate dw.orders`, needs: `truncate dw.orders`},
		{sql: `grant select on dw.orders to x`, needs: `grant select on dw.orders to x`},
		{sql: `copy dw.orders to 'x.csv'`, needs: `copy dw.orders to 'x.csv'`},
		{sql: `create index i on dw.orders (id)`, needs: `create index i on dw.orders (id)`},
		{sql: `create table x (like dw.orders)`, needs: `create table x (like dw.orders)`},
		{sql: `create view v as select * from dw.orders`, needs: `create view v as select * from dw.orders`},
		{sql: `create or replace macro m() as (select count(*) from dw.orders)`, needs: `create or replace macro m() as (select count(*) from dw.orders)`},
		{sql: `select shop.dw.orders.id from dw.orders`, want: `select shop.dw.orders.id from (none) as "orders"`, reads: 1, needs: `select shop.dw.orders.id from dw.orders`},
		// what an empty relation of any columns is not good for
		{sql: `select id, count(*) from dw.orders`, want: `select id, count(*) from (none) as "orders"`, reads: 1},
		{sql: `select count(*) from dw.orders where id > 1`, want: `select count(*) from (none) as "orders" where id > 1`, reads: 1},
		{sql: `select count(id) from dw.orders`, want: `select count(id) from (none) as "orders"`, reads: 1},
		{sql: `select 1 from a join dw.orders`, want: `select 1 from a join (none) as "orders"`, reads: 1},
	}
	for _, c := range cases {
		if c.want == "" {
			c.want = c.sql
		}
		got := WithoutRelation(c.sql, DuckDB, name, e)
		if want := (Absent{Text: c.want, Reads: c.reads, Counted: c.counted, Makes: c.makes, Needs: c.needs}); got != want {
			t.Errorf("%s\ngot  %+v\nwant %+v", c.sql, got, want)
		}
	}
}

// FuzzWithoutRelation holds two things for any text: it ends, and a text that does
// not read the relation stays as it is.
func FuzzWithoutRelation(f *testing.F) {
	for _, s := range []string{"select * from dw.orders", "from a, (dw.orders", "'", `"`, "(((", "delete from", "create", "x.", "dw.orders.", "select /*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		got := WithoutRelation(sql, Postgres, [3]string{"shop", "dw", "orders"}, "(none)")
		if got.Reads == 0 && got.Text != sql {
			t.Errorf("%q became %q", sql, got.Text)
		}
	})
}

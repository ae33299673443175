-- Moments are nanoseconds since 1970, 0 for none; bodies are JSON.

create table notices (
    id         text not null primary key,
    key        text not null unique,
    channel    text not null,
    body       blob not null,
    invocation text not null,
    node       text not null,
    state      text not null,
    attempts   integer not null,
    created_at integer not null,
    next_at    integer not null,
    error      text not null
);
create index notices_due on notices (next_at) where state = 'pending';
create index notices_by_age on notices (created_at);

create table attempts (
    notice  text not null references notices (id) on delete cascade,
    number  integer not null,
    at      integer not null,
    elapsed integer not null,
    status  integer not null,
    error   text not null,
    primary key (notice, number)
) without rowid;

create table marks (
    name  text not null primary key,
    value text not null
) without rowid;

create table records (
    seq  integer not null primary key,
    at   integer not null,
    kind text not null,
    body blob not null,
    prev text not null,
    hash text not null
);

-- The one row says where the chain ends: a tail that was cut off is missed.
create table head (
    one  integer not null primary key check (one = 1),
    seq  integer not null,
    hash text not null
);

create table operation_runs (
    id         text not null primary key,
    operation  text not null,
    invocation text not null,
    target     text not null,
    user       text not null,
    state      text not null,
    owner      text not null,
    params     blob,
    plan_hash  text not null,
    started_at integer not null,
    ended_at   integer not null,
    rows       integer not null,
    error      text not null,
    result     blob,
    log        text not null
);
create index operation_runs_by_name on operation_runs (operation, started_at);
create index operation_runs_by_age on operation_runs (started_at);
create index operation_runs_running on operation_runs (started_at) where state = 'running';

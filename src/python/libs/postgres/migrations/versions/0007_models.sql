-- Models as data: a second one is built beside the first, and takes its place in one transaction.
--
-- A model is known once a process says that it can embed by it. It is kept once it has a partition of
-- embeddings; from then on every published passage has an embedding of it, or a row in the backlog.
-- So a model without backlog is complete, whoever publishes, and whatever release that is.

alter table models
    add column state text not null default 'known'
        check (state in ('known', 'building', 'ready', 'retired')),
    add column max_tokens integer,
    add column query_prefix text,
    add column passage_prefix text,
    add column fingerprint text,
    add column built_at timestamptz;

update models set state = 'ready', built_at = created_at;

-- Which model searches use: one row, always.
create table active_model (
    is_only boolean primary key default true check (is_only),
    name text not null references models,
    -- what to roll back to
    previous text references models,
    -- null until the first time that somebody or something chose
    switched_at timestamptz,
    check (name <> previous)
);
insert into active_model (name) values ('all-MiniLM-L6-v2');

-- What happened to the models of this installation. Rows are only ever added.
create table model_acts (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    model text not null,
    act text not null check (act in ('build', 'ready', 'adopt', 'switch', 'rollback', 'remove')),
    previous text,
    -- who did it: the login of the database
    login text not null default session_user,
    -- by what measures, or that they were not asked
    evidence jsonb not null default '{}'
);

-- Published passages that have no embedding of a kept model yet. A worker that embeds some holds
-- them by a lease; one that dies leaves them to the next when it runs out.
create table embedding_backlog (
    model text not null references models,
    workspace_id uuid not null,
    passage_id uuid not null,
    lease_until timestamptz,
    primary key (model, workspace_id, passage_id),
    foreign key (workspace_id, passage_id) references passages on delete cascade
) with (fillfactor = 80);
create index embedding_backlog_passage on embedding_backlog (workspace_id, passage_id);

-- By which model a checkpoint was embedded: another one may be active when it is published.
alter table checkpoints add column embedded_by text;

alter table embedding_backlog enable row level security;
alter table embedding_backlog force row level security;
create policy own_workspace on embedding_backlog to ibid_app using (workspace_id =
    nullif(current_setting('ibid.workspace', true), '')::uuid);
create policy definer on embedding_backlog to ibid_definer using (true);

grant select on active_model to ibid_app;
grant select, insert, update, delete on embedding_backlog to ibid_definer;
grant select, insert, update on models to ibid_definer;
grant select on active_model to ibid_definer;
grant insert on model_acts to ibid_definer;

-- ------------------------------------------------------------------------------- the backlog

-- With one model there is no backlog: what is published has its embedding in the same transaction.
create function queue_passages() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if (select count(*) from models where state <> 'known') > 1 then
        insert into embedding_backlog (model, workspace_id, passage_id)
        select m.name, c.workspace_id, c.id from changed c cross join models m
         where m.state <> 'known';
    end if;
    return null;
end $$;

create function settle_backlog() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    set plan_cache_mode = force_generic_plan
    set enable_seqscan = off as $$
begin
    if exists (select from embedding_backlog) then
        delete from embedding_backlog b using changed c
         where b.model = c.model and b.workspace_id = c.workspace_id
           and b.passage_id = c.passage_id;
    end if;
    return null;
end $$;

create trigger passages_queued after insert on passages
    referencing new table as changed for each statement execute function queue_passages();
create trigger embeddings_settled after insert on embeddings
    referencing new table as changed for each statement execute function settle_backlog();

-- Up to `most` passages of one model and one workspace, now the caller's until the lease runs out.
create function claim_backlog(of_models text[], lease interval, most integer)
returns table (model text, workspace_id uuid, passage_id uuid)
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
    with first as materialized (
        select b.model, b.workspace_id from unnest(of_models) m(name)
         cross join lateral (
            select * from embedding_backlog l
             where l.model = m.name
               and (l.lease_until is null or l.lease_until < clock_timestamp())
             order by l.workspace_id, l.passage_id limit 1) b
         limit 1
    ), claimed as materialized (
        select l.model, l.workspace_id, l.passage_id
          from embedding_backlog l
         where (l.model, l.workspace_id) = (select f.model, f.workspace_id from first f)
           and (l.lease_until is null or l.lease_until < clock_timestamp())
         order by l.passage_id limit most
           for update skip locked
    )
    update embedding_backlog l set lease_until = clock_timestamp() + lease
      from claimed c
     where (l.model, l.workspace_id, l.passage_id) = (c.model, c.workspace_id, c.passage_id)
    returning l.model, l.workspace_id, l.passage_id
$$;

-- ------------------------------------------------------------------------- what the owner calls

-- Passages, whosever they are: the owner sees none of them.
create function fill_backlog(of_model text) returns bigint
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
    with queued as (
        insert into embedding_backlog (model, workspace_id, passage_id)
        select of_model, p.workspace_id, p.id from passages p
         where not exists (select from embeddings e
                            where e.model = of_model and e.workspace_id = p.workspace_id
                              and e.passage_id = p.id)
            on conflict do nothing
        returning 1
    )
    select count(*) from queued
$$;

create function clear_backlog(of_model text) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
    delete from embedding_backlog where model = of_model
$$;

-- Embeddings of the model that are still missing.
create function missing_embeddings(of_model text) returns bigint
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select count(*) from embedding_backlog where model = of_model
$$;

create function count_passages() returns bigint
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select coalesce(sum(passages), 0)::bigint from lexical_statistics
$$;

create function has_passages() returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select exists (select from passages)
$$;

create function model_partition(model_name text) returns text
language sql immutable strict parallel safe
return 'embeddings_' || trim(both '_' from regexp_replace(lower(model_name), '[^a-z0-9]+', '_', 'g'));

-- Candidate functions of a dimension: those of 384 with the cast written out anew. A revision that
-- changes those of 384 calls it for the other dimensions in `models`.
create function add_dimension(dimension integer) returns void
language plpgsql as $$
declare
    template regprocedure;
    made regprocedure;
begin
    if dimension = 384 then
        return;
    end if;
    grant create on schema public to ibid_definer;
    for template in
        select p.oid from pg_proc p
         where p.pronamespace = 'public'::regnamespace and p.proname ~ '_384$' order by p.oid
    loop
        execute regexp_replace(
            pg_get_functiondef(template), '(_|halfvec\()384\M', '\1' || dimension, 'g');
    end loop;
    for made in
        select p.oid from pg_proc p
         where p.pronamespace = 'public'::regnamespace and p.prosecdef
           and p.proname ~ ('_' || dimension || '$')
    loop
        execute format('alter function %s owner to ibid_definer', made);
        execute format('revoke all on function %s from public', made);
        execute format('grant execute on function %s to current_user, ibid_app', made);
    end loop;
    revoke create on schema public from ibid_definer;
end $$;

-- Makes room for a model's embeddings beside those that are there, and keeps it from now on; returns
-- how many passages are to be embedded. Run by the owner. Publications wait meanwhile, so that none
-- falls between the passages that are queued here and those that later publications queue themselves.
-- The partition is attached when it is whole: made as one, it would shut searches out meanwhile.
create function keep_model(model_name text) returns bigint
language plpgsql set lock_timeout = '10s' as $$
declare
    part text := model_partition(model_name);
    model_dimension integer := (select dimension from models where name = model_name);
    queued bigint;
begin
    lock table passages in share row exclusive mode;
    if to_regclass(quote_ident(part)) is null then
        execute format('create table %I (like embeddings including defaults including constraints, '
                       'check (vector_dims(embedding) = %s), check (model = %L), '
                       'primary key (model, workspace_id, passage_id))',
                       part, model_dimension, model_name);
        execute format('alter table %I enable row level security', part);
        execute format('alter table %I force row level security', part);
        execute format('create index %I on %I using hnsw ((embedding::halfvec(%s)) halfvec_ip_ops) '
                       'with (m = 12)', part || '_hnsw', part, model_dimension);
        execute format('alter table embeddings attach partition %I for values in (%L)',
                       part, model_name);
        perform add_dimension(model_dimension);
    end if;
    queued := fill_backlog(model_name);
    update models set state = case when queued = 0 then 'ready' else 'building' end,
                      built_at = case when queued = 0 then now() end
     where name = model_name;
    return queued;
end $$;

create or replace function add_model(model_name text, model_dimension integer) returns void
language plpgsql as $$
begin
    insert into models (name, dimension) values (model_name, model_dimension);
    perform keep_model(model_name);
end $$;

create function build_model(model_name text) returns bigint
language plpgsql as $$
declare
    found_state text := (select state from models where name = model_name);
    queued bigint;
begin
    if found_state is null then
        raise exception using errcode = 'IB404', message = format(
            'There is no model %s: no service that runs knows it.', model_name);
    end if;
    if found_state <> 'known' then
        return missing_embeddings(model_name);
    end if;
    queued := keep_model(model_name);
    insert into model_acts (model, act) values (model_name, 'build');
    return queued;
end $$;

-- Search by another model from now on. Publications wait meanwhile: each has read which model is
-- active under a lock on the passages that this one excludes.
create function switch_model(model_name text, act_name text, act_evidence jsonb) returns void
language plpgsql set lock_timeout = '10s' as $$
declare
    model models;
    active active_model;
begin
    lock table passages in share row exclusive mode;
    select * into active from active_model for update;
    select * into model from models m where m.name = model_name for update;
    if model.name is null then
        raise exception using errcode = 'IB404', message = format('There is no model %s.', model_name);
    end if;
    if active.name = model_name then
        raise exception using errcode = 'IB409', message = format('%s is active already.', model_name);
    end if;
    if model.state = 'known' then
        raise exception using errcode = 'IB409', message = format(
            '%s is not built. Run: ibid model build %s', model_name, model_name);
    end if;
    if missing_embeddings(model_name) > 0 then
        raise exception using errcode = 'IB409', message = format(
            '%s has no embedding of %s passages yet. Wait until it is ready.',
            model_name, missing_embeddings(model_name));
    end if;
    update models set state = 'retired' where name = active.name;
    update models set state = 'ready', built_at = coalesce(built_at, now()) where name = model_name;
    update active_model set name = model_name, previous = active.name, switched_at = now();
    insert into model_acts (model, act, previous, evidence)
    values (model_name, act_name, active.name, act_evidence);
end $$;

create function roll_back_model() returns text
language plpgsql as $$
declare
    target text := (select previous from active_model);
begin
    if target is null then
        raise exception using errcode = 'IB409', message = 'There is no model to roll back to.';
    end if;
    perform switch_model(target, 'rollback', '{}');
    return target;
end $$;

-- Gives back the space of a model that is neither active nor what to roll back to.
create function remove_model(model_name text) returns void
language plpgsql set lock_timeout = '10s' as $$
declare
    active active_model;
begin
    lock table passages in share row exclusive mode;
    select * into active from active_model for update;
    if not exists (select from models where name = model_name and state <> 'known') then
        raise exception using errcode = 'IB404', message = format('No model %s is kept.', model_name);
    end if;
    if active.name = model_name then
        raise exception using errcode = 'IB409', message = format(
            '%s is active. Switch to another model first.', model_name);
    end if;
    -- services that have not heard of the last switch still search by it
    if active.previous = model_name and active.switched_at > now() - interval '1 minute' then
        raise exception using errcode = 'IB409', message = format(
            '%s was active a moment ago. Try again in a minute.', model_name);
    end if;
    perform clear_backlog(model_name);
    update active_model set previous = null where previous = model_name;
    update models set state = 'known', built_at = null where name = model_name;
    execute format('truncate %I', model_partition(model_name));
    insert into model_acts (model, act) values (model_name, 'remove');
end $$;

-- ---------------------------------------------------------------------- what the services call

-- Says that a process can embed by a model; returns the fingerprint that is kept under its name.
create function offer_model(
    model_name text, model_dimension integer, model_max_tokens integer,
    model_query_prefix text, model_passage_prefix text, model_fingerprint text)
returns text
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
    insert into models as m (name, dimension, max_tokens, query_prefix, passage_prefix, fingerprint,
                             state)
    values (model_name, model_dimension, model_max_tokens, model_query_prefix, model_passage_prefix,
            model_fingerprint, 'known')
        on conflict (name) do update
       set dimension = case when m.state = 'known' then excluded.dimension else m.dimension end,
           max_tokens = case when m.state = 'known' or m.fingerprint is null
                             then excluded.max_tokens else m.max_tokens end,
           query_prefix = case when m.state = 'known' or m.fingerprint is null
                               then excluded.query_prefix else m.query_prefix end,
           passage_prefix = case when m.state = 'known' or m.fingerprint is null
                                 then excluded.passage_prefix else m.passage_prefix end,
           fingerprint = case when m.state = 'known' or m.fingerprint is null
                              then excluded.fingerprint else m.fingerprint end
    returning m.fingerprint
$$;

-- A new installation takes the model that its services name, before anything is published.
create function adopt_model(model_name text) returns boolean
language plpgsql security definer set search_path = public, pg_temp -- where a table is made
    set lock_timeout = '10s' as $$
declare
    active active_model;
begin
    select * into active from active_model;
    if active.switched_at is not null or active.name = model_name or has_passages() then
        return false;
    end if;
    lock table passages in share row exclusive mode;
    select * into active from active_model for update;
    if active.switched_at is not null or active.name = model_name or has_passages() then
        return false;
    end if;
    if (select state from models where name = model_name) = 'known' then
        perform keep_model(model_name);
    end if;
    update models set state = 'known', built_at = null where name = active.name;
    update active_model set name = model_name, switched_at = now();
    insert into model_acts (model, act, previous) values (model_name, 'adopt', active.name);
    return true;
end $$;

-- The active model, which stays so until the transaction ends: for one that publishes by it.
create function hold_active_model() returns text
language plpgsql as $$
begin
    lock table passages in row exclusive mode;
    return (select name from active_model);
end $$;

-- A model whose backlog is done is ready.
create function settle_builds() returns setof text
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
    with settled as (
        update models m set state = 'ready', built_at = now()
         where m.state = 'building'
           and not exists (select from embedding_backlog b where b.model = m.name)
        returning m.name
    ), noted as (
        insert into model_acts (model, act) select name, 'ready' from settled
    )
    select name from settled
$$;

-- The models and how far they are, over all workspaces: shares, and no numbers of anybody's passages.
create function list_models() returns table (
    name text, dimension integer, max_tokens integer, state text, is_previous boolean,
    progress double precision, built_at timestamptz, switched_at timestamptz)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select m.name, m.dimension, m.max_tokens,
           case when a.name = m.name then 'active' else m.state end,
           coalesce(a.previous = m.name, false),
           case m.state when 'known' then 0
                else 1 - least(missing_embeddings(m.name)::float8 / greatest(count_passages(), 1), 1) end,
           m.built_at, case when a.name = m.name then a.switched_at end
      from models m cross join active_model a
     order by a.name <> m.name, m.state = 'known', m.name
$$;

-- ------------------------------------------------------------------------------- who may call

do $$
declare
    called regprocedure;
begin
    grant create on schema public to ibid_definer;
    for called in
        select p.oid::regprocedure from pg_proc p
         where p.pronamespace = 'public'::regnamespace and p.prosecdef
           and p.proname in (
               'queue_passages', 'settle_backlog', 'claim_backlog', 'fill_backlog', 'clear_backlog',
               'missing_embeddings', 'count_passages', 'has_passages', 'offer_model',
               'settle_builds', 'list_models')
    loop
        execute format('alter function %s owner to ibid_definer', called);
        execute format('revoke all on function %s from public', called);
        execute format('grant execute on function %s to current_user', called);
    end loop;
    revoke create on schema public from ibid_definer;
end $$;
revoke all on function
    add_dimension, keep_model, build_model, switch_model, roll_back_model, remove_model, adopt_model
    from public;

grant execute on function claim_backlog, offer_model, adopt_model, settle_builds, list_models
    to ibid_app;
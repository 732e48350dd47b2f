-- The corpus, the ledger and the walls between workspaces.
--
-- Every tenant table's key begins with the workspace. Row-level security is enabled and forced on
-- each of them; `ibid_app` sees the rows of the workspace in `ibid.workspace`, and none when it is
-- unset. `ibid_definer` owns the SECURITY DEFINER functions and reads across workspaces by policies
-- of its own, so that no role needs BYPASSRLS, which managed servers do not give.

create extension if not exists vector;
-- Loads the library: only then may others than superusers name its settings.
select '[0]'::halfvec;

-- ---------------------------------------------------------------------------------- accounts

create table workspaces (
    id uuid primary key,
    name text not null check (name <> ''),
    created_at timestamptz not null default now()
);

create table api_keys (
    workspace_id uuid not null references workspaces on delete cascade,
    id uuid not null unique,
    name text not null,
    secret_sha256 bytea not null check (octet_length(secret_sha256) = 32),
    created_at timestamptz not null default now(),
    revoked_at timestamptz,
    primary key (workspace_id, id)
);

create table audit (
    workspace_id uuid not null references workspaces on delete cascade,
    id uuid not null,
    at timestamptz not null default now(),
    api_key_id uuid,
    action text not null,
    subject_kind text not null,
    subject_id uuid not null,
    primary key (workspace_id, id)
);

create table idempotency_keys (
    workspace_id uuid not null references workspaces on delete cascade,
    key text not null check (length(key) between 1 and 255),
    fingerprint bytea not null,
    status integer,
    -- the answer, and the document or collection that it tells of; null once that is deleted
    body bytea,
    subject_id uuid,
    created_at timestamptz not null default now(),
    primary key (workspace_id, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);
create index idempotency_keys_subject on idempotency_keys (workspace_id, subject_id);

-- ------------------------------------------------------------------------------------ corpus

create table collections (
    workspace_id uuid not null references workspaces on delete cascade,
    id uuid not null,
    name text not null check (name <> ''),
    description text not null default '',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (workspace_id, id),
    unique (workspace_id, name)
);

create table blobs (
    workspace_id uuid not null references workspaces on delete cascade,
    sha256 bytea not null check (octet_length(sha256) = 32),
    size_bytes bigint not null check (size_bytes > 0),
    created_at timestamptz not null default now(),
    primary key (workspace_id, sha256)
);

-- Parts of 1 MiB keep both ends of a transfer small; EXTERNAL, as most bytes are compressed already.
create table blob_parts (
    workspace_id uuid not null,
    sha256 bytea not null,
    ordinal integer not null,
    bytes bytea not null,
    primary key (workspace_id, sha256, ordinal),
    foreign key (workspace_id, sha256) references blobs on delete cascade
);
alter table blob_parts alter column bytes set storage external;

create table documents (
    workspace_id uuid not null references workspaces on delete cascade,
    id uuid not null,
    collection_id uuid not null,
    external_id text check (external_id <> ''),
    -- the first version's bytes, where no external id tells two uploads apart
    content_sha256 bytea check ((content_sha256 is null) = (external_id is not null)),
    title text not null,
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    latest integer not null default 1,
    published integer,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (workspace_id, id),
    unique (workspace_id, collection_id, external_id),
    unique (workspace_id, collection_id, content_sha256),
    foreign key (workspace_id, collection_id) references collections on delete cascade
);
create index documents_collection on documents (workspace_id, collection_id, id);

create table versions (
    workspace_id uuid not null,
    document_id uuid not null,
    number integer not null check (number > 0),
    sha256 bytea not null,
    media_type text not null,
    file_name text not null,
    size_bytes bigint not null,
    text_length integer,
    page_count integer,
    created_at timestamptz not null default now(),
    published_at timestamptz,
    primary key (workspace_id, document_id, number),
    foreign key (workspace_id, document_id) references documents on delete cascade,
    foreign key (workspace_id, sha256) references blobs
);
create index versions_blob on versions (workspace_id, sha256);

-- The canonical text of a version: its pages, one after another. Spans count code points.
create table pages (
    workspace_id uuid not null,
    document_id uuid not null,
    version integer not null,
    number integer not null check (number > 0),
    span_start integer not null,
    span_end integer not null,
    text text not null,
    primary key (workspace_id, document_id, version, number),
    foreign key (workspace_id, document_id, version) references versions on delete cascade,
    check (span_end - span_start = length(text))
);

-- What a job has finished and not yet published. Nobody searches these.
create table checkpoints (
    workspace_id uuid not null,
    document_id uuid not null,
    version integer not null,
    ordinal integer not null,
    passage_id uuid not null,
    page integer not null,
    span_start integer not null,
    span_end integer not null,
    heading text,
    text text not null check (text <> ''),
    embedding halfvec,
    primary key (workspace_id, document_id, version, ordinal),
    foreign key (workspace_id, document_id, version) references versions on delete cascade,
    check (span_end - span_start = length(text))
);
create index checkpoints_unembedded on checkpoints (workspace_id, document_id, version, length(text))
    where embedding is null;

-- Exactly what can be found: the passages of each document's published version.
create table passages (
    workspace_id uuid not null,
    id uuid not null,
    collection_id uuid not null,
    document_id uuid not null,
    version integer not null,
    ordinal integer not null,
    page integer not null,
    span_start integer not null,
    span_end integer not null,
    heading text,
    text text not null,
    lexemes tsvector not null,
    weights sparsevec not null,
    primary key (workspace_id, id),
    foreign key (workspace_id, document_id, version) references versions on delete cascade,
    check (span_end - span_start = length(text))
);
-- Ranking reads the weights of thousands of rows: keep them in the row, and the lexemes out of it.
alter table passages alter column weights set storage main;
create index passages_document on passages (workspace_id, document_id, ordinal);
create index passages_collection on passages (workspace_id, collection_id);
create index passages_lexemes on passages using gin (lexemes) with (fastupdate = off);

-- -------------------------------------------------------------------------------- embeddings

create table models (
    name text primary key,
    dimension integer not null,
    created_at timestamptz not null default now()
);

-- One partition and one index a model, so that a second can be built beside the first. The column
-- has no fixed dimension; each partition checks its model's and indexes the cast to it.
create table embeddings (
    model text not null references models,
    workspace_id uuid not null,
    passage_id uuid not null,
    embedding halfvec not null,
    primary key (model, workspace_id, passage_id),
    foreign key (workspace_id, passage_id) references passages on delete cascade
) partition by list (model);
create index embeddings_passage on embeddings (workspace_id, passage_id);

-- -------------------------------------------------------------------- statistics of the words

-- df of each lexeme and the two sums of BM25, per workspace: over all they would leak.
create table terms (
    workspace_id uuid not null references workspaces on delete cascade,
    lexeme text not null,
    df bigint not null,
    primary key (workspace_id, lexeme)
) with (fillfactor = 70);

create table lexical_statistics (
    workspace_id uuid primary key references workspaces on delete cascade,
    passages bigint not null,
    length bigint not null
) with (fillfactor = 10);

-- -------------------------------------------------------------------------------- the ledger

create table jobs (
    workspace_id uuid not null references workspaces on delete cascade,
    id uuid not null unique,
    document_id uuid not null,
    version integer not null,
    state text not null default 'pending'
        check (state in ('pending', 'running', 'done', 'failed', 'cancelled')),
    stage text not null default 'extract'
        check (stage in ('extract', 'split', 'embed', 'publish')),
    done integer not null default 0,
    total integer not null default 0,
    attempts integer not null default 0,
    crashes integer not null default 0,
    fence bigint not null default 0,
    worker text,
    lease_until timestamptz,
    run_after timestamptz not null default now(),
    rung_at timestamptz,
    cancel_requested boolean not null default false,
    traceparent text,
    error_code text,
    error text,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz,
    primary key (workspace_id, id),
    unique (workspace_id, document_id, version),
    foreign key (workspace_id, document_id, version) references versions on delete cascade,
    check ((state = 'running') = (lease_until is not null))
);
create index jobs_due on jobs (run_after) where state = 'pending';
create index jobs_leased on jobs (lease_until) where state = 'running';
create index jobs_state on jobs (workspace_id, state, id);
-- what count_jobs looks at, every few seconds: not the jobs that are done, which are most
create index jobs_open on jobs (state, stage) where state in ('pending', 'running', 'failed');

-- A document as people see it: its newest version, and how that version's job stands.
create view document_details with (security_invoker = true) as
select d.workspace_id, d.id, d.collection_id, d.external_id, d.title, d.metadata, d.latest, d.published,
       v.media_type, v.file_name, v.size_bytes, v.page_count as pages, j.id as job_id,
       case j.state when 'done' then 'ready' when 'running' then 'processing'
                    when 'pending' then 'pending' when 'failed' then 'failed'
                    when 'cancelled' then 'failed'
                    else case when d.published = d.latest then 'ready' else 'pending' end
       end as status,
       case when j.state = 'cancelled' then 'Cancelled before it was ready. Retry to make it searchable.'
            when j.state = 'failed' then j.error end as failure,
       d.created_at, d.updated_at
  from documents d
  join versions v on (v.workspace_id, v.document_id, v.number) = (d.workspace_id, d.id, d.latest)
  left join jobs j on (j.workspace_id, j.document_id, j.version) = (d.workspace_id, d.id, d.latest);

-- --------------------------------------------------------------------------------- the words

-- A lexeme's coordinate in `passages.weights`: 28 bits of its SHA-256, so that no term has to be
-- numbered. Two of a query's and a passage's words meet by chance once in millions of pairs.
-- Stable, as convert_to is: declared immutable it would not be inlined, and take three times as long.
create function lexeme_coordinate(lexeme text) returns integer
language sql stable strict parallel safe
return ('x' || encode(substr(sha256(convert_to(lexeme, 'UTF8')), 1, 4), 'hex'))::bit(28)::integer + 1;

-- How many words a tsvector stands for (a lexeme keeps at most 255 positions).
create function lexeme_count(lexemes tsvector) returns integer
language sql immutable strict parallel safe
return coalesce((select sum(cardinality(u.positions)) from unnest(lexemes) u), 0)::integer;

-- BM25's part of a score that depends on the passage alone: tf / (tf + k1 (1 - b + b dl / avgdl)),
-- k1 = 1.2, b = 0.75 (Robertson & Zaragoza 2009), with the constant (k1 + 1) left out.
create function lexeme_weights(lexemes tsvector, average_length real) returns sparsevec
language sql immutable strict parallel safe
return (
    with counted as (
        select lexeme_coordinate(u.lexeme) as coordinate, cardinality(u.positions)::real as tf
          from unnest(lexemes) u
    ), merged as (
        select coordinate, sum(tf) as tf,
               1.2 * (0.25 + 0.75 * sum(sum(tf)) over () / greatest(average_length, 1)) as k
          from counted group by coordinate
    )
    select ('{' || coalesce(string_agg(coordinate || ':' || (tf / (tf + k))::real, ','), '')
            || '}/268435456')::sparsevec
      from merged
);

-- -------------------------------------------------------------------------------------- walls

do $$
declare
    name text;
    owner_column text;
begin
    foreach name in array array[
        'workspaces', 'api_keys', 'audit', 'idempotency_keys', 'collections', 'blobs', 'blob_parts',
        'documents', 'versions', 'pages', 'checkpoints', 'passages', 'embeddings', 'terms',
        'lexical_statistics', 'jobs'
    ] loop
        owner_column := case name when 'workspaces' then 'id' else 'workspace_id' end;
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format(
            'create policy own_workspace on %I to ibid_app using (%I = '
            'nullif(current_setting(''ibid.workspace'', true), '''')::uuid)', name, owner_column);
        execute format('create policy definer on %I to ibid_definer using (true)', name);
    end loop;
end $$;

grant usage on schema public to ibid_app, ibid_definer;
grant select on workspaces, api_keys, models, alembic_version to ibid_app;
grant select, insert on audit to ibid_app;
grant select, insert, update, delete on
    idempotency_keys, collections, blobs, blob_parts, documents, versions, pages, checkpoints,
    passages, embeddings, jobs to ibid_app;
grant select on terms, lexical_statistics, document_details to ibid_app;

grant select on passages, embeddings, documents, versions, models to ibid_definer;
grant select, insert, update, delete on
    workspaces, api_keys, terms, lexical_statistics, jobs, blobs, idempotency_keys to ibid_definer;

-- ----------------------------------------------------------------- statistics, kept by triggers

-- df and the sums change in the transaction of the passages, whatever path deletes them. The row in
-- lexical_statistics is the lock: who holds it may touch the workspace's terms, so nobody deadlocks.
create function count_lexemes() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    sign integer := case tg_op when 'INSERT' then 1 else -1 end;
    tenant uuid;
begin
    for tenant in select distinct workspace_id from changed order by 1 loop
        insert into lexical_statistics as s (workspace_id, passages, length)
        select tenant, sign * count(*), sign * coalesce(sum(lexeme_count(c.lexemes)), 0)
          from changed c
         where c.workspace_id = tenant and exists (select from workspaces where id = tenant)
        having count(*) > 0
            on conflict (workspace_id) do update
           set passages = s.passages + excluded.passages, length = s.length + excluded.length;
        continue when not found;
        insert into terms as t (workspace_id, lexeme, df)
        select tenant, u.lexeme, sign * count(*)
          from changed c, unnest(c.lexemes) u
         where c.workspace_id = tenant
         group by u.lexeme order by u.lexeme
            on conflict (workspace_id, lexeme) do update set df = t.df + excluded.df;
        if sign < 0 then
            delete from terms where workspace_id = tenant and df <= 0;
        end if;
    end loop;
    return null;
end $$;

create trigger passages_counted after insert on passages
    referencing new table as changed for each statement execute function count_lexemes();
create trigger passages_discounted after delete on passages
    referencing old table as changed for each statement execute function count_lexemes();

-- A blob lives as long as a version points at it.
create function drop_unused_blobs() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    delete from blobs b
     using (select distinct workspace_id, sha256 from changed) c
     where b.workspace_id = c.workspace_id and b.sha256 = c.sha256
       and not exists (select from versions v
                        where v.workspace_id = b.workspace_id and v.sha256 = b.sha256);
    return null;
end $$;

create trigger versions_blobs after delete on versions
    referencing old table as changed for each statement execute function drop_unused_blobs();

-- An answer that may be repeated tells nothing of what has been deleted since.
create function silence_answers() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    update idempotency_keys k set body = null
      from changed c
     where k.workspace_id = c.workspace_id and k.subject_id = c.id;
    return null;
end $$;

create trigger documents_answers after delete on documents
    referencing old table as changed for each statement execute function silence_answers();
create trigger collections_answers after delete on collections
    referencing old table as changed for each statement execute function silence_answers();

-- ------------------------------------------------------------------- functions of the definer

create function authenticate_key(key_id uuid, given_sha256 bytea)
returns table (workspace_id uuid, workspace_name text, name text)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select k.workspace_id, w.name, k.name
      from api_keys k join workspaces w on w.id = k.workspace_id
     where k.id = key_id and k.secret_sha256 = given_sha256 and k.revoked_at is null
$$;

create function create_workspace(new_id uuid, new_name text) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
    insert into workspaces (id, name) values (new_id, new_name)
$$;

create function create_api_key(workspace uuid, key_id uuid, key_name text, given_sha256 bytea)
returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
    insert into api_keys (workspace_id, id, name, secret_sha256)
    values (workspace, key_id, key_name, given_sha256)
$$;

create function revoke_api_key(key_id uuid) returns boolean
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
    with revoked as (
        update api_keys set revoked_at = now() where id = key_id and revoked_at is null returning 1
    )
    select exists (select from revoked)
$$;

create function list_workspaces() returns table (id uuid, name text, created_at timestamptz)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select id, name, created_at from workspaces order by created_at, id
$$;

-- The ledger's functions work across workspaces: a worker learns the workspace from the job.

create function claim_job(by_worker text, lease interval, wanted uuid default null)
returns setof jobs
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
    update jobs j
       set state = 'running', fence = j.fence + 1, worker = by_worker,
           lease_until = clock_timestamp() + lease, started_at = coalesce(j.started_at, now())
     where (j.workspace_id, j.id) = (
               select c.workspace_id, c.id from jobs c
                where c.state = 'pending' and c.run_after <= clock_timestamp()
                  and (wanted is null or c.id = wanted)
                order by c.run_after, c.id limit 1
                  for update skip locked)
    returning j.*
$$;

-- Takes jobs from workers that died, and returns what is due and has not been rung for a while.
-- Raising the fence keeps a worker that was only slow from committing.
create function sweep_jobs(max_crashes integer, ring_again interval, most integer)
returns table (job_id uuid, rescued boolean)
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
    with expired as (
        select workspace_id, id from jobs
         where state = 'running' and lease_until < clock_timestamp()
         order by lease_until limit most for update skip locked
    ), freed as (
        update jobs j
           set crashes = j.crashes + 1, fence = j.fence + 1, worker = null, lease_until = null,
               run_after = now(), rung_at = null,
               state = case when j.cancel_requested then 'cancelled'
                            when j.crashes + 1 >= max_crashes then 'failed' else 'pending' end,
               finished_at = case when j.cancel_requested or j.crashes + 1 >= max_crashes
                                  then now() end,
               error_code = case when j.crashes + 1 >= max_crashes then 'crashed' end,
               error = case when j.crashes + 1 >= max_crashes then
                   'Reading this document stopped the worker ' || max_crashes || ' times. '
                   'Check the document, then retry.' end
          from expired e where (j.workspace_id, j.id) = (e.workspace_id, e.id)
        returning j.id
    ), due as (
        select workspace_id, id from jobs
         where state = 'pending' and run_after <= clock_timestamp()
           and (rung_at is null or rung_at < clock_timestamp() - ring_again)
         order by run_after limit most for update skip locked
    ), rung as (
        update jobs j set rung_at = clock_timestamp()
          from due d where (j.workspace_id, j.id) = (d.workspace_id, d.id)
        returning j.id
    )
    select id, true from freed union all select id, false from rung
$$;

create function count_jobs() returns table (
    state text, stage text, jobs bigint, due bigint, waiting_seconds double precision,
    oldest_seconds double precision)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    with counted as (
        select j.state, j.stage, count(*) as jobs,
               count(*) filter (where j.state = 'pending' and j.run_after <= clock_timestamp()) as due,
               min(j.run_after) filter (where j.state = 'pending') as due_since,
               min(j.created_at) as created_at
          from jobs j
         where j.state in ('pending', 'running', 'failed')
         group by j.state, j.stage
    )
    select a.state, b.stage, coalesce(c.jobs, 0), coalesce(c.due, 0),
           greatest(coalesce(extract(epoch from clock_timestamp() - c.due_since), 0), 0),
           coalesce(extract(epoch from clock_timestamp() - c.created_at), 0)
      from unnest(array['pending', 'running', 'failed']) a(state)
     cross join unnest(array['extract', 'split', 'embed', 'publish']) b(stage)
      left join counted c on (c.state, c.stage) = (a.state, b.stage)
$$;

create function expire_idempotency_keys(older_than interval) returns bigint
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
    with expired as (
        delete from idempotency_keys where created_at < now() - older_than returning 1
    )
    select count(*) from expired
$$;

-- ------------------------------------------------------------------------------------ search

create function current_workspace() returns uuid
language sql stable parallel safe
return nullif(current_setting('ibid.workspace', true), '')::uuid;

-- The query as BM25 needs it. `tq` finds the candidates: the two rarest words always, further ones
-- while the passages they bring stay within the budget. `qv` scores them: idf by coordinate.
create function lexical_query(query_text text, out tq tsquery, out qv sparsevec)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    with n as (
        select passages, least(greatest(2000, passages / 50), 5000) as budget
          from lexical_statistics where workspace_id = current_workspace()
    ), word as (
        select t.lexeme, ln(1 + (n.passages - t.df + 0.5) / (t.df + 0.5)) as idf,
               row_number() over rarest as place, sum(t.df) over rarest as brought, n.budget
          from n, unnest(tsvector_to_array(to_tsvector('english', query_text))) as q(lexeme)
          join terms t on t.workspace_id = current_workspace() and t.lexeme = q.lexeme
        window rarest as (order by t.df, t.lexeme)
    ), coordinate as (
        select lexeme_coordinate(lexeme) as at, sum(idf) as idf from word group by 1
    )
    select (select string_agg('''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''', '|')
              from word where place <= 2 or brought <= budget)::tsquery,
           (select ('{' || coalesce(string_agg(at || ':' || idf, ',' order by at), '')
                    || '}/268435456')::sparsevec from coordinate)
$$;

-- The documents that a filter leaves, or null where there is none.
create function filtered_documents(filters jsonb, in_collections uuid[]) returns uuid[]
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if filters is null or filters = '{}' then
        return null;
    end if;
    return (
        select coalesce(array_agg(d.id), '{}')
          from documents d
          join versions v on (v.workspace_id, v.document_id, v.number)
                           = (d.workspace_id, d.id, d.published)
         where d.workspace_id = current_workspace()
           and (in_collections is null or d.collection_id = any (in_collections))
           and (not filters ? 'documents'
                or d.id::text = any (array(select jsonb_array_elements_text(filters -> 'documents'))))
           and (not filters ? 'metadata' or d.metadata @> (filters -> 'metadata'))
           and (not filters ? 'media_types'
                or v.media_type = any (array(select jsonb_array_elements_text(filters -> 'media_types'))))
           and (not filters ? 'created_after'
                or d.created_at >= (filters ->> 'created_after')::timestamptz)
           and (not filters ? 'created_before'
                or d.created_at < (filters ->> 'created_before')::timestamptz));
end $$;

create function lexical_candidates(
    tq tsquery, qv sparsevec, depth integer, in_collections uuid[], in_documents uuid[])
returns table (passage_id uuid, score double precision)
language sql stable security definer rows 100 set search_path = pg_catalog, public, pg_temp
    -- a scan of the table would fetch every row's lexemes, which the index makes needless
    set enable_seqscan = off as $$
    select p.id, -(p.weights <#> qv)
      from passages p
     where p.workspace_id = current_workspace() and p.lexemes @@ tq
       and (in_collections is null or p.collection_id = any (in_collections))
       and (in_documents is null or p.document_id = any (in_documents))
     order by p.weights <#> qv, p.id
     limit depth
$$;

-- Exact where few rows are left, otherwise HNSW, scanned on until enough rows pass the filters.
-- One function a dimension: the index is on the cast, and the cast must be written out.
create function semantic_candidates_384(
    using_model text, query halfvec, depth integer, in_collections uuid[], in_documents uuid[])
returns table (passage_id uuid, score double precision)
language plpgsql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
    set plan_cache_mode = force_custom_plan
    set hnsw.iterative_scan = relaxed_order
    set hnsw.ef_search = 100 as $$
declare
    tenant uuid := current_workspace();
    few constant integer := 2000;
    found_rows bigint;
begin
    if in_collections is null and in_documents is null then
        select passages into found_rows from lexical_statistics where workspace_id = tenant;
    else
        select count(*) into found_rows from (
            select from passages p
             where p.workspace_id = tenant
               and (in_collections is null or p.collection_id = any (in_collections))
               and (in_documents is null or p.document_id = any (in_documents))
             limit few + 1) counted;
    end if;
    if found_rows <= few then
        return query
            with mine as materialized (
                select e.passage_id, e.embedding::halfvec(384) <#> query as distance
                  from embeddings e
                  join passages p on p.workspace_id = tenant and p.id = e.passage_id
                 where e.model = using_model and e.workspace_id = tenant
                   and (in_collections is null or p.collection_id = any (in_collections))
                   and (in_documents is null or p.document_id = any (in_documents)))
            select m.passage_id, -m.distance from mine m order by m.distance limit depth;
    elsif in_collections is null and in_documents is null then
        return query
            select e.passage_id, -(e.embedding::halfvec(384) <#> query::halfvec(384))
              from embeddings e
             where e.model = using_model and e.workspace_id = tenant
             order by e.embedding::halfvec(384) <#> query::halfvec(384) limit depth;
    else
        return query
            select e.passage_id, -(e.embedding::halfvec(384) <#> query::halfvec(384))
              from embeddings e
              join passages p on p.workspace_id = tenant and p.id = e.passage_id
             where e.model = using_model and e.workspace_id = tenant
               and (in_collections is null or p.collection_id = any (in_collections))
               and (in_documents is null or p.document_id = any (in_documents))
             order by e.embedding::halfvec(384) <#> query::halfvec(384) limit depth;
    end if;
end $$;

-- Candidates of both sides, both scores for every one of them, each scaled to [0, 1] over the
-- union (min-max), 0.6 semantic + 0.4 lexical. Ids and scores only: texts are read through RLS.
-- A cosine below 0.5 is no find: where nothing is closer, scaling the best of it to 1 would put it
-- before a word that stands in one passage alone, such as a part number.
-- The lexical side is given, so that it can be found while the query is embedded; so may be the
-- semantic side, otherwise (null) it is looked up. A query or qv that is null leaves its side out.
create function search_candidates_384(
    lexical_ids uuid[], lexical_scores double precision[],
    semantic_ids uuid[], semantic_scores double precision[],
    qv sparsevec, using_model text, query halfvec, depth integer,
    in_collections uuid[], in_documents uuid[])
returns table (passage_id uuid, lexical double precision, semantic double precision,
               score double precision)
language plpgsql stable security definer rows 200 set search_path = pg_catalog, public, pg_temp as $$
declare
    tenant uuid := current_workspace();
begin
    return query
        with candidate as materialized (
            select id, l.score as lexical, s.score as semantic
              from unnest(lexical_ids, lexical_scores) l(id, score)
              full join (select * from unnest(semantic_ids, semantic_scores) g(id, score)
                         union all
                         select c.passage_id, c.score
                           from semantic_candidates_384(
                               using_model, query, depth, in_collections, in_documents) c
                          where query is not null and semantic_ids is null) s using (id)
        ), scored as materialized (
            -- subqueries, as a join would be planned to read whole tables
            select c.id,
                   coalesce(c.lexical, (
                       select -(p.weights <#> qv) from passages p
                        where p.workspace_id = tenant and p.id = c.id)) as lexical,
                   coalesce(c.semantic, (
                       select -(e.embedding::halfvec(384) <#> query) from embeddings e
                        where e.model = using_model and e.workspace_id = tenant
                          and e.passage_id = c.id)) as semantic
              from candidate c
        ), spread as (
            select s.*,
                   (s.lexical - min(s.lexical) over ())
                       / greatest(max(s.lexical) over () - min(s.lexical) over (), 1e-9) as lexical_part,
                   (s.semantic - min(s.semantic) over ())
                       / greatest(greatest(max(s.semantic) over (), 0.5) - min(s.semantic) over (), 1e-9)
                       as semantic_part
              from scored s
        )
        select s.id, s.lexical, s.semantic,
               case when query is null then s.lexical when qv is null then s.semantic
                    else 0.4 * coalesce(s.lexical_part, 0) + 0.6 * coalesce(s.semantic_part, 0) end
          from spread s
         order by 4 desc, 1;
end $$;

-- -------------------------------------------------------------------------- models of 384 dimensions

-- Makes room for a model's embeddings beside those that are there. Run by the owner.
-- m = 12, not 16 as pgvector has it: an insertion takes 0.86 ms instead of 1.21 with 10,000 vectors, for a
-- recall@10 of 0.992 instead of 0.994 (ef_search 100).
create function add_model(model_name text, model_dimension integer) returns void
language plpgsql as $$
declare
    part text := 'embeddings_' || trim(both '_' from regexp_replace(lower(model_name), '[^a-z0-9]+', '_', 'g'));
begin
    insert into models (name, dimension) values (model_name, model_dimension);
    execute format('create table %I partition of embeddings '
                   '(check (vector_dims(embedding) = %s)) for values in (%L)',
                   part, model_dimension, model_name);
    execute format('alter table %I enable row level security', part);
    execute format('alter table %I force row level security', part);
    execute format('create index %I on %I using hnsw ((embedding::halfvec(%s)) halfvec_ip_ops) '
                   'with (m = 12)',
                   part || '_hnsw', part, model_dimension);
end $$;

select add_model('all-MiniLM-L6-v2', 384);

-- ------------------------------------------------------------------------------- who may call

do $$
declare
    called regprocedure;
begin
    grant create on schema public to ibid_definer;
    for called in
        select p.oid::regprocedure from pg_proc p
         where p.pronamespace = 'public'::regnamespace and p.prosecdef
    loop
        execute format('alter function %s owner to ibid_definer', called);
        execute format('revoke all on function %s from public', called);
        execute format('grant execute on function %s to current_user', called);
    end loop;
    revoke create on schema public from ibid_definer;
end $$;
revoke all on function add_model from public;

grant execute on function
    authenticate_key, claim_job, sweep_jobs, count_jobs, expire_idempotency_keys, lexical_query,
    filtered_documents, lexical_candidates, semantic_candidates_384, search_candidates_384
    to ibid_app;

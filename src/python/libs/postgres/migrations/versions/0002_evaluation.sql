-- Judgements of hits, and evaluations of searches on judged queries.
--
-- Whatever names a document goes with the document, as everything else does.

-- What people said of a hit by a thumb, or by opening it. Rows are only ever added: where a person
-- changes their mind, the last one counts.
create table judgements (
    workspace_id uuid not null references workspaces on delete cascade,
    id uuid not null,
    query text not null check (query <> ''),
    document_id uuid not null,
    version integer,
    passage_id uuid,
    relevance integer not null check (relevance between 0 and 3),
    origin text not null check (origin in ('thumb', 'click')),
    created_at timestamptz not null default now(),
    primary key (workspace_id, id),
    foreign key (workspace_id, document_id) references documents on delete cascade
);
create index judgements_document on judgements (workspace_id, document_id);

-- One or two configurations, `a` and `b`, and their measures on a set of judged queries.
create table evaluations (
    workspace_id uuid not null references workspaces on delete cascade,
    id uuid not null,
    name text not null check (name <> ''),
    a json not null,
    b json,
    difference json not null default '{}',
    created_at timestamptz not null default now(),
    primary key (workspace_id, id)
);

-- `margin` is by how much `a` did better than `b`, or what `a` reached where it is alone: the queries
-- to look at have the smallest.
create table evaluation_queries (
    workspace_id uuid not null,
    evaluation_id uuid not null,
    ordinal integer not null,
    query_id text not null,
    query text not null,
    margin double precision not null,
    a json not null,
    b json,
    primary key (workspace_id, evaluation_id, ordinal),
    unique (workspace_id, evaluation_id, query_id),
    foreign key (workspace_id, evaluation_id) references evaluations on delete cascade
);
create index evaluation_queries_margin
    on evaluation_queries (workspace_id, evaluation_id, margin, ordinal);

-- A document that was judged for a query or that a side returned for it. Ranks count from 1.
create table evaluation_documents (
    workspace_id uuid not null,
    evaluation_id uuid not null,
    ordinal integer not null,
    document_id uuid not null,
    relevance integer,
    rank_a integer check (rank_a > 0),
    rank_b integer check (rank_b > 0),
    primary key (workspace_id, evaluation_id, ordinal, document_id),
    foreign key (workspace_id, evaluation_id, ordinal) references evaluation_queries on delete cascade,
    foreign key (workspace_id, document_id) references documents on delete cascade
);
create index evaluation_documents_document on evaluation_documents (workspace_id, document_id);

do $$
declare
    name text;
begin
    foreach name in array array[
        'judgements', 'evaluations', 'evaluation_queries', 'evaluation_documents'
    ] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format(
            'create policy own_workspace on %I to ibid_app using (workspace_id = '
            'nullif(current_setting(''ibid.workspace'', true), '''')::uuid)', name);
        execute format('create policy definer on %I to ibid_definer using (true)', name);
    end loop;
end $$;

grant select, insert, update, delete on
    judgements, evaluations, evaluation_queries, evaluation_documents to ibid_app;

-- An answer that may be repeated tells nothing of an evaluation that has been deleted since.
create trigger evaluations_answers after delete on evaluations
    referencing old table as changed for each statement execute function silence_answers();

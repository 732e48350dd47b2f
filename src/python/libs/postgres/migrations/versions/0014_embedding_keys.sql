-- The keys of embeddings and of their backlog began with the model. The indexes of the new keys are there,
-- built beside the work; one of them does what two did, as a passage's embeddings are deleted by it, too.
do $$
declare
    part record;
begin
    alter table embeddings drop constraint embeddings_pkey;
    for part in
        select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
         where i.inhparent = 'embeddings'::regclass
    loop
        execute format('alter table %I add constraint %I primary key using index %I',
                       part.name, part.name || '_pkey', part.name || '_key');
    end loop;
    -- takes those of the partitions for its own
    alter table embeddings add primary key (workspace_id, passage_id, model);
    drop index embeddings_passage;

    alter table embedding_backlog drop constraint embedding_backlog_pkey;
    alter table embedding_backlog
        add constraint embedding_backlog_pkey primary key using index embedding_backlog_key;
    drop index embedding_backlog_passage;
end $$;

-- As before, but for the key.
create or replace function keep_model(model_name text) returns bigint
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
                       'primary key (workspace_id, passage_id, model))',
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

-- Ten phrases of frequent words took 0.5 s among a million passages: each of the 3,000 closest was held against
-- all of them, and of pages that come from the disk no number of passages tells what they take. So conditions
-- are also bounded by time: two statements look for a fifteenth each of what a statement may take.

-- When such a part of a statement's time from now is over: infinity where a statement has no limit, and in
-- workspaces of at most 2,000 passages, where a processor that others have would cost the only hits.
create function deadline(part integer) returns timestamptz
language sql volatile set search_path = pg_catalog, public, pg_temp
return case when (select s.passages > 2000 from lexical_statistics s where s.workspace_id = current_workspace())
            then coalesce(
                clock_timestamp() + nullif(current_setting('statement_timeout'), '0')::interval / part, 'infinity')
            else 'infinity' end;

-- As before, but for that: when the time is over no more passages are looked at, after the 500 that come
-- first. Then nobody knows whether there are others, so these are taken for many.
create or replace function matching_passages(
    tq tsquery, qv sparsevec, depth integer, in_collections uuid[], in_documents uuid[], conditions jsonb,
    out ids uuid[], out scores double precision[], out are_all boolean, out are_many boolean)
language plpgsql stable security definer
    set search_path = pg_catalog, public, pg_temp
    set plan_cache_mode = force_custom_plan
    set enable_seqscan = off as $$
declare
    tenant uuid := current_workspace();
    most constant integer := 6000;
    must passage_conditions := read_conditions(conditions);
    few constant integer := 2000;
    walked constant integer := 20000;
    looked_up tsquery := coalesce(must.wanted, tq);
    over_at constant timestamptz := deadline(15);
    costly boolean;
    found_rows bigint;
    examined bigint;
begin
    ids := '{}';
    are_all := false;
    are_many := false;
    if depth = 0 or (looked_up is null and must.patterns is null) then
        return;
    elsif looked_up is null then
        select array_agg(m.id order by m.distance, m.id), array_agg(-m.distance order by m.distance, m.id)
          into ids, scores
          from (select p.id, p.weights <#> qv as distance
                  from (select * from passages a
                         where a.workspace_id = tenant
                           and (in_collections is null or a.collection_id = any (in_collections))
                           and (in_documents is null or a.document_id = any (in_documents))
                         limit most) p
                 where case when clock_timestamp() > over_at then false else holds(p.lexemes, p.text, must) end
                 order by p.weights <#> qv, p.id limit depth) m;
    else
        costly := tq is not null and is_costly(must.wanted);
        if costly and in_collections is null and in_documents is null and is_costly(tq) then
            with held as (
                -- when the time is over, rows count unseen, so that the walk ends
                select p.id, p.weights <#> qv as distance, clock_timestamp() > over_at as is_late
                  from (select * from passages a where a.workspace_id = tenant limit walked) p
                 where clock_timestamp() > over_at
                    or (p.lexemes @@ must.wanted and holds(p.lexemes, p.text, must))
                 limit few
            )
            select array_agg(b.id order by b.distance, b.id), array_agg(-b.distance order by b.distance, b.id)
              into ids, scores
              from (select h.id, h.distance from held h where not h.is_late order by h.distance, h.id limit depth) b;
            if cardinality(ids) = depth or clock_timestamp() > over_at then
                ids := coalesce(ids, '{}');
                return;
            end if;
        end if;
        if costly then
            looked_up := tq;
        elsif must.unwanted is not null and not is_costly(must.unwanted) then
            looked_up := looked_up && !!must.unwanted;
            must.unwanted := null;
        end if;
        with found as materialized (
            select p.id, p.weights <#> qv as distance
              from passages p
             where array[p.workspace_id] @> array[tenant] and p.lexemes @@ looked_up
               and (in_collections is null or p.collection_id = any (in_collections))
               and (in_documents is null or p.document_id = any (in_documents))
             limit most
        ), some_more as materialized (
            -- of alternatives that nearly all passages have, there may be none with two
            select p.id, p.weights <#> qv as distance
              from passages p
             where costly and p.workspace_id = tenant and p.id not in (select f.id from found f)
               and (in_collections is null or p.collection_id = any (in_collections))
               and (in_documents is null or p.document_id = any (in_documents))
             limit few
        ), held as (
            select best.id, best.distance, best.place,
                   best.place > 500 and clock_timestamp() > over_at as is_late
              -- a sort of its own: texts are read in its order, and no more than it takes
              from (select f.id, f.distance, row_number() over (order by f.distance, f.id) as place
                      from (select * from found union all select * from some_more) f
                     order by f.distance, f.id offset 0) best
             where (best.place > 500 and clock_timestamp() > over_at)
                or (select (not costly or p.lexemes @@ must.wanted)
                           and holds(p.lexemes, p.text, must)
                      from passages p where p.workspace_id = tenant and p.id = best.id)
             order by best.distance, best.id limit depth
        )
        select array_agg(h.id order by h.distance, h.id), array_agg(-h.distance order by h.distance, h.id),
               (select count(*) from found), max(h.place)
          into ids, scores, found_rows, examined from held h where not h.is_late;
        if clock_timestamp() > over_at then
            are_many := true;
        elsif must.wanted is not null and not costly then
            are_all := coalesce(cardinality(ids), 0) < depth;
            -- of each so many that were looked at, one held
            are_many := not are_all and found_rows * depth > examined * few;
        end if;
    end if;
    ids := coalesce(ids, '{}');
end $$;

-- As before, but for that; who calls it has to ask whether the time was over.
create or replace function some_matches(
    most integer, in_collections uuid[], in_documents uuid[], conditions jsonb) returns uuid[]
language plpgsql stable security definer
    set search_path = pg_catalog, public, pg_temp
    set plan_cache_mode = force_custom_plan
    set enable_seqscan = off as $$
declare
    tenant uuid := current_workspace();
    most_read constant integer := 6000;
    must passage_conditions := read_conditions(conditions);
    over_at constant timestamptz := deadline(30);
    looked_up tsquery := look_up(must, null);
begin
    must.unwanted := null;
    return array(
        select found.id
          from (select p.id, p.lexemes, p.text from passages p
                 where array[p.workspace_id] @> array[tenant] and p.lexemes @@ looked_up
                   and (in_collections is null or p.collection_id = any (in_collections))
                   and (in_documents is null or p.document_id = any (in_documents))
                 limit most_read) found
         where case when clock_timestamp() > over_at then false else holds(found.lexemes, found.text, must) end
         limit most);
end $$;

-- As before, but for that: the walk through the index ends when the time is over.
create or replace function closest_matches_384(
    using_model text, query halfvec, depth integer, in_collections uuid[], in_documents uuid[],
    conditions jsonb, all_matches uuid[], are_many boolean)
returns table (passage_id uuid, score double precision)
language plpgsql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
    set plan_cache_mode = force_custom_plan
    set enable_sort = off
    set hnsw.iterative_scan = relaxed_order
    set hnsw.max_scan_tuples = 20000
    set hnsw.ef_search = 100 as $$
declare
    tenant uuid := current_workspace();
    few constant integer := 2000;
    must passage_conditions := read_conditions(conditions);
    over_at constant timestamptz := deadline(15);
    halfway constant timestamptz := deadline(30);
    are_found boolean := true;
    ids uuid[] := all_matches;
    found_rows bigint;
begin
    if ids is null and must.wanted is not null and not are_many and not is_costly(must.wanted) then
        if is_costly(must.unwanted) then
            conditions := conditions - 'excluded';
            are_found := false;
        end if;
        ids := some_matches(few + 1, in_collections, in_documents, conditions);
        if clock_timestamp() > halfway then
            ids := null;
            are_many := true;
        end if;
    end if;
    if ids is not null then
        found_rows := cardinality(ids);
    elsif are_many then
        found_rows := few + 1;
    elsif in_collections is null and in_documents is null then
        select passages into found_rows from lexical_statistics where workspace_id = tenant;
    else
        select count(*) into found_rows from (
            select from passages p
             where p.workspace_id = tenant
               and (in_collections is null or p.collection_id = any (in_collections))
               and (in_documents is null or p.document_id = any (in_documents))
             limit few + 1) counted;
    end if;
    if in_collections is null and in_documents is null then
        -- of each the text may have to be read
        perform set_config('hnsw.max_scan_tuples', '3000', true);
    end if;
    if found_rows <= few then
        return query
            with mine as materialized (
                select e.passage_id, e.embedding::halfvec(384) <#> query as distance
                  from embeddings e
                  join passages p on p.workspace_id = tenant and p.id = e.passage_id
                 where e.model = using_model and e.workspace_id = tenant
                   and (ids is null or e.passage_id = any (ids))
                   and (in_collections is null or p.collection_id = any (in_collections))
                   and (in_documents is null or p.document_id = any (in_documents))
                   and ((ids is not null and are_found)
                        or (clock_timestamp() <= over_at
                            and (must.wanted is null or p.lexemes @@ must.wanted)
                            and holds(p.lexemes, p.text, must))))
            select m.passage_id, -m.distance from mine m order by m.distance limit depth;
    else
        return query
            select w.passage_id, w.score
              from (select e.passage_id, -(e.embedding::halfvec(384) <#> query::halfvec(384)) as score,
                           clock_timestamp() > over_at as is_late
                      from embeddings e
                     where e.model = using_model and e.workspace_id = tenant
                       -- a subquery, as the planner takes a pattern for rare and a join with it for cheaper
                       and (clock_timestamp() > over_at
                            or (select (in_collections is null or p.collection_id = any (in_collections))
                                   and (in_documents is null or p.document_id = any (in_documents))
                                   and (must.wanted is null or p.lexemes @@ must.wanted)
                                   and holds(p.lexemes, p.text, must)
                                  from passages p where p.workspace_id = tenant and p.id = e.passage_id))
                     order by e.embedding::halfvec(384) <#> query::halfvec(384) limit depth) w
             where not w.is_late;
    end if;
end $$;

select add_dimension(dimension) from models group by dimension;

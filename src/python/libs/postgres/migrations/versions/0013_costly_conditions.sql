-- The index reads the whole list of passages of each word before it gives the first one: for thirty frequent
-- words of a million passages that takes 0.6 s. Where conditions would have it read that much, they are held
-- against what a search without them finds. And what the lexical side has found is not looked up again for
-- the semantic side.

-- About how many entries of the index have to be read for these words: of alternatives all, of words that
-- must stand together those of the rarest, as the index skips by it. What begins so is read in any case;
-- where more words do than are worth counting, the answer is infinity. `words` is how many are looked up.
create function entries_to_read(looked_up tsquery, out entries double precision, out words integer)
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
declare
    tenant uuid := current_workspace();
    words_left integer := 20000;
    begun double precision := 0;
    -- of each open parenthesis: the alternatives so far, and the rarest of what must stand together
    alternatives double precision[] := array[0];
    rarest double precision[] := array['infinity'];
    level integer := 1;
    part record;
    begun_words integer;
begin
    words := 0;
    for part in
        select piece[3] as sign, piece[2] is not null as is_beginning,
               replace(replace(piece[1], '''''', ''''), '\\', '\') as lexeme
          from regexp_matches(querytree(looked_up), $re$'((?:[^']|'')*)'(:\*)?|([()|])$re$, 'g')
                   with ordinality m(piece, place)
         order by place
    loop
        if part.sign = '(' then
            level := level + 1;
            alternatives[level] := 0;
            rarest[level] := 'infinity';
            continue;
        elsif part.sign = '|' then
            alternatives[level] := alternatives[level] + rarest[level];
            rarest[level] := 'infinity';
            continue;
        elsif part.sign = ')' then
            entries := alternatives[level] + rarest[level];
            level := level - 1;
        elsif part.is_beginning then
            select coalesce(sum(w.df), 0), count(*) into entries, begun_words
              from (select t.df from terms t
                     where t.workspace_id = tenant
                       and t.lexeme >= part.lexeme and t.lexeme < part.lexeme || chr(1114111)
                       and starts_with(t.lexeme, part.lexeme)
                     limit words_left) w;
            words_left := words_left - begun_words;
            if words_left = 0 then
                entries := 'infinity';
                return;
            end if;
            begun := begun + entries;
            words := words + 1;
        else
            words := words + 1;
            entries := coalesce(
                (select t.df from terms t where t.workspace_id = tenant and t.lexeme = part.lexeme), 0);
        end if;
        rarest[level] := least(rarest[level], entries);
    end loop;
    -- nothing that the index could find it by is no entry
    entries := greatest(begun, alternatives[1] + case rarest[1] when 'infinity' then 0 else rarest[1] end);
end $$;

-- Whether the index takes more than about 50 ms: 0.2 microseconds an entry, and 0.03 more for each word that
-- it is held against.
create function is_costly(looked_up tsquery) returns boolean
language sql stable set search_path = pg_catalog, public, pg_temp
return (select coalesce(entries * (0.2 + 0.03 * words) > 50000, false) from entries_to_read(looked_up));

-- As lexical_matches, which an older release calls. `are_all` tells that there are no others of the passages
-- that the index finds for which the conditions hold, `are_many` that there are too many others to look at.
create function matching_passages(
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
    looked_up tsquery := coalesce(must.wanted, tq);
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
                 where holds(p.lexemes, p.text, must)
                 order by p.weights <#> qv, p.id limit depth) m;
    else
        costly := tq is not null and is_costly(must.wanted);
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
            select best.id, best.distance, best.place
              -- a sort of its own: texts are read in its order, and no more than it takes
              from (select f.id, f.distance, row_number() over (order by f.distance, f.id) as place
                      from (select * from found union all select * from some_more) f
                     order by f.distance, f.id offset 0) best
             where (select (not costly or p.lexemes @@ must.wanted)
                           and holds(p.lexemes, p.text, must)
                      from passages p where p.workspace_id = tenant and p.id = best.id)
             order by best.distance, best.id limit depth
        )
        select array_agg(h.id order by h.distance, h.id), array_agg(-h.distance order by h.distance, h.id),
               (select count(*) from found), max(h.place)
          into ids, scores, found_rows, examined from held h;
        if must.wanted is not null and not costly then
            are_all := coalesce(cardinality(ids), 0) < depth;
            -- of each so many that were looked at, one held
            are_many := not are_all and found_rows * depth > examined * few;
        end if;
    end if;
    ids := coalesce(ids, '{}');
end $$;

-- As semantic_matches_384, which an older release calls. `all_matches` are all passages for which the
-- conditions hold, if they are known; `are_many` tells that they are too many to look at one by one.
create function closest_matches_384(
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
                        or ((must.wanted is null or p.lexemes @@ must.wanted)
                            and holds(p.lexemes, p.text, must))))
            select m.passage_id, -m.distance from mine m order by m.distance limit depth;
    else
        return query
            -- a subquery, as the planner takes a pattern for rare and a join with it for cheaper
            select e.passage_id, -(e.embedding::halfvec(384) <#> query::halfvec(384))
              from embeddings e
             where e.model = using_model and e.workspace_id = tenant
               and (select (in_collections is null or p.collection_id = any (in_collections))
                       and (in_documents is null or p.document_id = any (in_documents))
                       and (must.wanted is null or p.lexemes @@ must.wanted)
                       and holds(p.lexemes, p.text, must)
                      from passages p where p.workspace_id = tenant and p.id = e.passage_id)
             order by e.embedding::halfvec(384) <#> query::halfvec(384) limit depth;
    end if;
end $$;

do $$
declare
    called regprocedure;
begin
    grant create on schema public to ibid_definer;
    for called in
        select p.oid::regprocedure from pg_proc p
         where p.pronamespace = 'public'::regnamespace
           and p.proname in ('matching_passages', 'closest_matches_384')
    loop
        execute format('alter function %s owner to ibid_definer', called);
        execute format('revoke all on function %s from public', called);
        execute format('grant execute on function %s to current_user, ibid_app', called);
    end loop;
    revoke create on schema public from ibid_definer;
end $$;

select add_dimension(dimension) from models group by dimension;

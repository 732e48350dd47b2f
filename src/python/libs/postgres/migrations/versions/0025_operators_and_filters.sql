-- Where a query has operators, what is asked of a document is held against the candidates, too, if it leaves many:
-- to list all that “before:2030” leaves, and to hand the list on, takes the longer the more documents there are.

-- One term of a query that names a field, as SQL about a document, d.
create function field_condition(kind text, key text, value text) returns text
language sql immutable set search_path = pg_catalog, public, pg_temp
return case kind
    when 'title' then format('d.title ~* %L', value)
    when 'collection' then format(
        'd.collection_id = any (array(select c.id from collections c
                                       where c.workspace_id = current_workspace() and c.name ~* %L))', value)
    when 'media_type' then format(
        'exists (select from versions v
                  where v.workspace_id = d.workspace_id and v.document_id = d.id
                    and v.number = d.published and v.media_type = %L)', value)
    when 'from' then format('d.created_at >= %L::timestamptz', value)
    when 'until' then format('d.created_at < %L::timestamptz', value)
    when 'metadata' then format(
        'case jsonb_typeof(d.metadata -> %1$L)
              when ''array'' then exists (select from jsonb_array_elements_text(d.metadata -> %1$L) e(item)
                                           where e.item ~* %2$L)
              else d.metadata ->> %1$L ~* %2$L end', key, value)
end;

-- As before, and of a query's fields: a list of alternatives each, under that name.
create or replace function document_conditions(filters jsonb) returns text
language sql immutable set search_path = pg_catalog, public, pg_temp as $$
    select string_agg(condition, ' and ' order by place)
      from (select place, condition
              from (values
                (1, 'documents',
                 'd.id = any (array(select jsonb_array_elements_text($1 -> ''documents''))::uuid[])'),
                (2, 'created_after', 'd.created_at >= ($1 ->> ''created_after'')::timestamptz'),
                (3, 'created_before', 'd.created_at < ($1 ->> ''created_before'')::timestamptz'),
                (4, 'languages',
                 'd.language = any (array(select jsonb_array_elements_text($1 -> ''languages'')))'),
                (5, 'metadata', 'd.metadata @> ($1 -> ''metadata'')'),
                (6, 'authors',
                 'case jsonb_typeof(d.metadata -> ''author'')
                       when ''array'' then d.metadata -> ''author'' ?| array(
                            select jsonb_array_elements_text($1 -> ''authors''))
                       else d.metadata ->> ''author'' = any (array(
                            select jsonb_array_elements_text($1 -> ''authors''))) end'),
                (7, 'media_types',
                 'exists (select from versions v
                           where v.workspace_id = d.workspace_id and v.document_id = d.id
                             and v.number = d.published and v.media_type = any (array(
                                 select jsonb_array_elements_text($1 -> ''media_types''))))')
              ) known(place, name, condition)
             where filters ? name
            union all
            select 7 + field.place, alternatives.condition
              from jsonb_array_elements(filters -> 'fields') with ordinality field(terms, place)
             cross join lateral (
                select case when bool_or(t.negated) then 'not ' else '' end || 'coalesce('
                       || string_agg('(' || field_condition(t.kind, t.key, t.value) || ')', ' or ') || ', false)'
                  from jsonb_to_recordset(field.terms) t(kind text, key text, value text, negated boolean)
              ) alternatives(condition)) asked
$$;

-- Whether filters, which are $1 of the statement, leave a passage's document, which is in this column, as SQL.
create function is_left(document text, tenant uuid, filters jsonb) returns text
language sql immutable set search_path = pg_catalog, public, pg_temp
-- offset 0 keeps it a subquery for each, which a join with all documents may seem cheaper than
return format('exists (select from documents d where d.workspace_id = %L and d.id = %s and %s offset 0)',
              tenant, document, document_conditions(filters));

-- As matching_passages, of documents that the filters leave.
create function filtered_matching_passages(
    tq tsquery, qv sparsevec, depth integer, in_collections uuid[], filters jsonb, conditions jsonb,
    out ids uuid[], out scores double precision[], out are_all boolean, out are_many boolean)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
    set enable_seqscan = off as $$
declare
    tenant uuid := current_workspace();
    most constant integer := 6000;
    must passage_conditions := read_conditions(conditions);
    few constant integer := 2000;
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
        execute format(
            'select array_agg(m.id order by m.distance, m.id), array_agg(-m.distance order by m.distance, m.id)
               from (select p.id, p.weights <#> $2 as distance
                       -- when the time is over, rows count unseen, so that the walk ends
                       from (select a.*, clock_timestamp() > $8 as is_late from passages a
                              where a.workspace_id = $3 and ($4 is null or a.collection_id = any ($4))
                                and (clock_timestamp() > $8 or %s)
                              limit $6) p
                      where case when p.is_late or clock_timestamp() > $8 then false
                                 else holds(p.lexemes, p.text, $7) end
                      order by p.weights <#> $2, p.id limit $5) m',
            is_left('a.document_id', tenant, filters))
            into ids, scores
            using filters, qv, tenant, in_collections, depth, most, must, over_at;
    else
        costly := tq is not null and is_costly(must.wanted);
        if costly then
            looked_up := tq;
        elsif must.unwanted is not null and not is_costly(must.unwanted) then
            looked_up := looked_up && !!must.unwanted;
            must.unwanted := null;
        end if;
        execute format(
            'with found as materialized (
                 select p.id, p.document_id, p.weights <#> $2 as distance
                   from passages p
                  where array[p.workspace_id] @> array[$3] and p.lexemes @@ $9
                    and ($4 is null or p.collection_id = any ($4))
                  limit $6
             ), some_more as materialized (
                 -- of alternatives that nearly all passages have, there may be none with two
                 select p.id, p.document_id, p.weights <#> $2 as distance
                   from passages p
                  where $10 and p.workspace_id = $3 and p.id not in (select f.id from found f)
                    and ($4 is null or p.collection_id = any ($4))
                  limit $11
             ), held as (
                 select best.id, best.distance, best.place, best.place > 500 and clock_timestamp() > $8 as is_late
                   -- a sort of its own: texts are read in its order, and no more than it takes
                   from (select f.*, row_number() over (order by f.distance, f.id) as place
                           from (select * from found union all select * from some_more) f
                          order by f.distance, f.id offset 0) best
                  where (best.place > 500 and clock_timestamp() > $8)
                     or (%s and (select (not $10 or p.lexemes @@ ($7).wanted) and holds(p.lexemes, p.text, $7)
                                   from passages p where p.workspace_id = $3 and p.id = best.id))
                  order by best.distance, best.id limit $5
             )
             select array_agg(h.id order by h.distance, h.id), array_agg(-h.distance order by h.distance, h.id),
                    (select count(*) from found), max(h.place)
               from held h where not h.is_late',
            is_left('best.document_id', tenant, filters))
            into ids, scores, found_rows, examined
            using filters, qv, tenant, in_collections, depth, most, must, over_at, looked_up, costly, few;
        if clock_timestamp() > over_at then
            are_many := true;
        elsif must.wanted is not null and not costly then
            are_all := coalesce(cardinality(ids), 0) < depth and found_rows < most;
            -- of each so many that were looked at, one held
            are_many := not are_all and found_rows * depth > coalesce(examined, 0) * few;
        end if;
    end if;
    ids := coalesce(ids, '{}');
end $$;

-- As closest_matches_384, of documents that the filters leave.
create function filtered_closest_matches_384(
    using_model text, query halfvec, depth integer, in_collections uuid[], filters jsonb,
    conditions jsonb, all_matches uuid[], are_many boolean)
returns table (passage_id uuid, score double precision)
language plpgsql stable security definer rows 100 set search_path = pg_catalog, public, pg_temp
    set enable_sort = off
    set hnsw.iterative_scan = relaxed_order
    set hnsw.max_scan_tuples = 20000
    set hnsw.ef_search = 100 as $$
declare
    tenant uuid := current_workspace();
    few constant integer := 2000;
    most_read constant integer := 6000;
    must passage_conditions := read_conditions(conditions);
    over_at constant timestamptz := deadline(15);
    halfway constant timestamptz := deadline(30);
    are_found boolean := true;
    ids uuid[] := all_matches;
    found_rows bigint := few + 1;
    read_rows bigint;
begin
    if ids is null and must.wanted is not null and not are_many and not is_costly(must.wanted) then
        if is_costly(must.unwanted) then
            conditions := conditions - 'excluded';
            are_found := false;
        end if;
        execute format(
            'with found as materialized (
                 select p.id, p.document_id, p.lexemes, p.text from passages p
                  where array[p.workspace_id] @> array[$2] and p.lexemes @@ $4
                    and ($3 is null or p.collection_id = any ($3))
                  limit $7
             )
             select (select count(*) from found), array(
                    select found.id from found
                     where case when clock_timestamp() > $6 then false
                                else %s and holds(found.lexemes, found.text, $5) end
                     limit $8)',
            is_left('found.document_id', tenant, filters))
            into read_rows, ids
            using filters, tenant, in_collections, look_up(read_conditions(conditions), null),
                  read_conditions(conditions), halfway, most_read, few + 1;
        if read_rows = most_read or clock_timestamp() > halfway then
            ids := null;
            are_many := true;
        end if;
    end if;
    if ids is not null then
        found_rows := cardinality(ids);
    elsif not are_many then
        select passages into found_rows from lexical_statistics where workspace_id = tenant;
    end if;
    if found_rows <= few then
        return query execute format(
            'with mine as materialized (
                 select e.passage_id, e.embedding::halfvec(384) <#> $2 as distance
                   from embeddings e
                   join passages p on p.workspace_id = $3 and p.id = e.passage_id
                  where e.model = $6 and e.workspace_id = $3
                    and ($9 is null or e.passage_id = any ($9))
                    and ($4 is null or p.collection_id = any ($4))
                    and (($9 is not null and $10)
                         or (clock_timestamp() <= $8 and (($7).wanted is null or p.lexemes @@ ($7).wanted)
                             and %s and holds(p.lexemes, p.text, $7))))
             select m.passage_id, -m.distance from mine m order by m.distance limit $5',
            is_left('p.document_id', tenant, filters))
            using filters, query, tenant, in_collections, depth, using_model, must, over_at, ids, are_found;
    else
        return query execute format(
            'select w.passage_id, w.score
               from (select e.passage_id, -(e.embedding::halfvec(384) <#> $2::halfvec(384)) as score,
                            clock_timestamp() > $8 as is_late
                       from embeddings e
                      where e.model = $6 and e.workspace_id = $3
                        -- a subquery, as the planner takes a pattern for rare and a join with it for cheaper
                        and (clock_timestamp() > $8
                             or (select ($4 is null or p.collection_id = any ($4))
                                    and (($7).wanted is null or p.lexemes @@ ($7).wanted)
                                    and %s and holds(p.lexemes, p.text, $7)
                                   from passages p where p.workspace_id = $3 and p.id = e.passage_id))
                      order by e.embedding::halfvec(384) <#> $2::halfvec(384) limit $5) w
              where not w.is_late',
            is_left('p.document_id', tenant, filters))
            using filters, query::halfvec(384), tenant, in_collections, depth, using_model, must, over_at;
    end if;
end $$;

-- As listed_matches, of documents that the filters leave.
create function filtered_listed_matches(depth integer, in_collections uuid[], filters jsonb, conditions jsonb)
returns table (passage_id uuid, score double precision)
language plpgsql stable security definer rows 100 set search_path = pg_catalog, public, pg_temp as $$
begin
    return query execute format(
        'select first.id, 1.0::float8 / row_number() over (order by l.id desc)
           from (select d.id from documents d
                  where d.workspace_id = $2 and d.published is not null
                    and ($3 is null or d.collection_id = any ($3)) and %s
                  order by d.id desc limit 20000) l
          cross join lateral (
                select p.id from passages p
                 where p.workspace_id = $2 and p.document_id = l.id
                   and (($5).wanted is null or p.lexemes @@ ($5).wanted) and holds(p.lexemes, p.text, $5)
                 order by p.ordinal limit 1) first
          order by l.id desc limit $4',
        document_conditions(filters))
        using filters, current_workspace(), in_collections, depth, read_conditions(conditions);
end $$;

do $$
declare
    made regprocedure;
begin
    grant create on schema public to ibid_definer;
    foreach made in array array[
        'filtered_matching_passages'::regproc, 'filtered_closest_matches_384', 'filtered_listed_matches']
    loop
        execute format('alter function %s owner to ibid_definer', made);
        execute format('revoke all on function %s from public', made);
        execute format('grant execute on function %s to current_user, ibid_app', made);
    end loop;
    revoke create on schema public from ibid_definer;
end $$;
revoke all on function field_condition, is_left from public;
grant execute on function field_condition, is_left to current_user, ibid_app, ibid_definer;

select add_dimension(dimension) from models group by dimension;

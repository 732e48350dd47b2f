-- Of the passages that have the words of a query's conditions 6,000 are read, as for a query without: all
-- of them were weighed before, and 20,000 texts held against the conditions. The
-- index is asked for the workspace too, as else the rows of all others would be read.

create or replace function lexical_matches(
    tq tsquery, qv sparsevec, depth integer, in_collections uuid[], in_documents uuid[],
    conditions jsonb)
returns table (passage_id uuid, score double precision)
language plpgsql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
    set plan_cache_mode = force_custom_plan
    set enable_seqscan = off as $$
declare
    tenant uuid := current_workspace();
    most constant integer := 6000;
    must passage_conditions := read_conditions(conditions);
    looked_up tsquery := look_up(must, tq);
begin
    if depth = 0 or (looked_up is null and must.patterns is null) then
        return;
    elsif looked_up is null then
        return query
            select p.id, -(p.weights <#> qv)
              from (select * from passages a
                     where a.workspace_id = tenant
                       and (in_collections is null or a.collection_id = any (in_collections))
                       and (in_documents is null or a.document_id = any (in_documents))
                     limit most) p
             where holds(p.lexemes, p.text, must)
             order by p.weights <#> qv, p.id limit depth;
    else
        must.unwanted := null;
        return query
            select best.id, -best.distance
              from (select found.id, found.distance
                      from (select p.id, p.weights <#> qv as distance
                              from passages p
                             where array[p.workspace_id] @> array[tenant] and p.lexemes @@ looked_up
                               and (in_collections is null or p.collection_id = any (in_collections))
                               and (in_documents is null or p.document_id = any (in_documents))
                             limit most) found
                     -- a sort of its own: texts are read in its order, and no more than it takes
                     order by found.distance, found.id offset 0) best
             where (select holds(p.lexemes, p.text, must) from passages p
                     where p.workspace_id = tenant and p.id = best.id)
             order by best.distance, best.id limit depth;
    end if;
end $$;

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
         where holds(found.lexemes, found.text, must)
         limit most);
end $$;

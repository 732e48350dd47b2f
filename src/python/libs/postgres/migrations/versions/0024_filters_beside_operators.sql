-- The filters for languages and authors were passed over where a query has operators, as they came later than those.

-- As before, but for which of the functions finds the documents that the filters leave.
create or replace function matching_documents(filters jsonb, fields jsonb, in_collections uuid[]) returns uuid[]
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
    set plan_cache_mode = force_custom_plan as $$
declare
    found_documents uuid[] := documents_that_match(filters, in_collections);
    wanted record;
begin
    for wanted in
        select string_agg(f.value, '|') filter (where f.kind = 'title') as title,
               string_agg(f.value, '|') filter (where f.kind = 'collection') as collection,
               array_agg(f.value) filter (where f.kind = 'media_type') as media_types,
               array_agg(f.key) filter (where f.kind = 'metadata') as keys,
               array_agg(f.value) filter (where f.kind = 'metadata') as patterns,
               min(f.value::timestamptz) filter (where f.kind = 'from') as first_moment,
               max(f.value::timestamptz) filter (where f.kind = 'until') as last_moment,
               bool_or(f.negated) as negated
          from jsonb_array_elements(fields) with ordinality g(alternatives, place)
         cross join lateral jsonb_to_recordset(g.alternatives)
               f(kind text, key text, value text, negated boolean)
         group by g.place
    loop
        found_documents := (
            select coalesce(array_agg(d.id), '{}')
              from documents d
              join versions v on (v.workspace_id, v.document_id, v.number)
                               = (d.workspace_id, d.id, d.published)
             where d.workspace_id = current_workspace()
               and (in_collections is null or d.collection_id = any (in_collections))
               and (found_documents is null or d.id = any (found_documents))
               and wanted.negated <> coalesce(
                   d.title ~* wanted.title
                   or v.media_type = any (wanted.media_types)
                   or d.created_at >= wanted.first_moment
                   or d.created_at < wanted.last_moment
                   or (wanted.collection is not null and d.collection_id in (
                       select c.id from collections c
                        where c.workspace_id = current_workspace() and c.name ~* wanted.collection))
                   or (wanted.keys is not null and exists (
                       select from unnest(wanted.keys, wanted.patterns) m(key, pattern)
                        where case jsonb_typeof(d.metadata -> m.key)
                                   when 'array' then exists (
                                       select from jsonb_array_elements_text(d.metadata -> m.key) e(item)
                                        where e.item ~* m.pattern)
                                   else d.metadata ->> m.key ~* m.pattern end)), false));
    end loop;
    return found_documents;
end $$;

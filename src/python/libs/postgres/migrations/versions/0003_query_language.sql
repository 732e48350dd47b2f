-- What a query asks for with its operators: phrases, exclusions, alternatives, beginnings, fields.
--
-- The index finds the passages that have the words; whether they stand there as typed, the text
-- tells. A query without operators uses none of this.

grant select on collections to ibid_definer;

-- ---------------------------------------------------------------------- what the index can find

create function quote_lexeme(lexeme text) returns text
language sql immutable strict parallel safe
return '''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''';

-- A number, an address or a path, whatever PostgreSQL's parser joined it with in a passage: as it is,
-- or all of its parts, each of them alone, after a sign or after a slash. HL-2041/7 is the word HL, the
-- number -2041 and the path /7.
create function joined_words(token text) returns tsquery
language sql stable strict parallel safe set search_path = pg_catalog, public, pg_temp as $$
    select plainto_tsquery('simple', token) || coalesce(
        (select string_agg(
                    '(' || concat_ws('|', nullif(plainto_tsquery('english', part)::text, ''),
                                     quote_lexeme(part), quote_lexeme('-' || part),
                                     quote_lexeme('/' || part)) || ')', '&')
           from regexp_split_to_table(lower(token), '[^[:alnum:]]+') part
          where part <> '' and length(part) < 100)::tsquery, '')
$$;

-- All words of a text, null where it has none but stop words. An address's path and a compound as a
-- whole are left out, as the parser gives their parts, too.
create function literal_words(literal text) returns tsquery
language sql stable parallel safe set search_path = pg_catalog, public, pg_temp as $$
    select string_agg('(' || words.found::text || ')', '&')::tsquery
      from ts_parse('default', literal) parsed
      join ts_token_type('default') kind using (tokid)
     cross join lateral (
         select case when kind.alias in ('asciiword', 'word', 'hword_asciipart', 'hword_part')
                     then plainto_tsquery('english', parsed.token)
                     else joined_words(parsed.token) end as found) words
     where kind.alias not in ('blank', 'tag', 'protocol', 'entity', 'url', 'url_path',
                              'asciihword', 'hword', 'numhword')
       and numnode(words.found) > 0
$$;

-- Words that begin so, and those whose stems are shorter than that, by ten letters at most: for
-- "generaliz" also general.
create function prefix_words(prefix text) returns tsquery
language sql stable parallel safe set search_path = pg_catalog, public, pg_temp as $$
    with last as (
        select left(coalesce(t.token, ''), 60) as word,
               literal_words(left(prefix, length(prefix) - length(t.token))) as before
          from (select p.token from ts_parse('default', prefix) with ordinality p(tokid, token, place)
                 order by p.place desc limit 1) t
    ), begun as (
        select quote_lexeme(word) || ':*' as found from last
         union
        select quote_lexeme(left(word, n) || ending)
          from last, generate_series(greatest(2, length(word) - 10), length(word)) n,
               unnest(array['', 'e', 'i']) ending
         where word ~ '^[[:alpha:]]+$'
    )
    select case when l.before is null then b.found
                else (quote_lexeme(left(prefix, 60)) || ':*')::tsquery || (l.before && b.found) end
      from last l, (select string_agg(found, '|')::tsquery as found from begun) b
$$;

-- The most frequent words of the workspace that begin so, to weigh what a beginning of a word finds.
create function words_that_begin(prefixes text[]) returns text
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select string_agg(w.lexeme, ' ')
      from unnest(prefixes) p(prefix)
     cross join lateral (
        select t.lexeme from terms t
         where t.workspace_id = current_workspace()
           and t.lexeme >= p.prefix and t.lexeme < p.prefix || chr(1114111)
           and starts_with(t.lexeme, p.prefix)
         order by t.df desc, t.lexeme limit 20) w
$$;

-- --------------------------------------------------------------------- what a passage must hold

-- `wanted` narrows by the index; each of `patterns` must stand in the text, and of each pair in
-- `mixed_…` either the pattern in the text or one of the words in the lexemes. Null is no condition.
create type passage_conditions as (
    wanted tsquery,
    patterns text[],
    mixed_patterns text[],
    mixed_words tsquery[],
    unwanted tsquery,
    unwanted_pattern text
);

-- Conditions are {"required": [[term, …], …], "excluded": [term, …]}, of each list in "required" one
-- must hold; a term is {"kind": "word" | "literal" | "prefix", "text", "pattern"}. A stop word is in
-- no index and is looked for in the text.
create function read_conditions(conditions jsonb) returns passage_conditions
language sql stable parallel safe set search_path = pg_catalog, public, pg_temp as $$
    with term as (
        select g.place, t.one ->> 'pattern' as pattern, w.words,
               t.one ->> 'kind' = 'word' and w.words is not null as is_word
          from (select place, terms from jsonb_array_elements(conditions -> 'required')
                       with ordinality r(terms, place)
                union all select 0, conditions -> 'excluded') g
         cross join lateral jsonb_array_elements(g.terms) t(one)
         cross join lateral (
             select case t.one ->> 'kind' when 'prefix' then prefix_words(t.one ->> 'text')
                         else literal_words(t.one ->> 'text') end as words) w
    ), alternatives as (
        select place, case when bool_and(words is not null)
                           then string_agg('(' || words::text || ')', '|') end as wanted,
               string_agg(pattern, '|') filter (where not is_word) as pattern,
               (string_agg('(' || words::text || ')', '|') filter (where is_word))::tsquery as words
          from term group by place
    )
    select (string_agg('(' || wanted || ')', '&') filter (where place > 0))::tsquery,
           array_agg(pattern) filter (where place > 0 and words is null),
           array_agg(pattern order by place) filter (where place > 0 and words is not null and pattern is not null),
           array_agg(words order by place) filter (where place > 0 and words is not null and pattern is not null),
           (array_agg(words) filter (where place = 0))[1],
           max(pattern) filter (where place = 0)
      from alternatives
$$;

create function holds_either(lexemes tsvector, body text, patterns text[], words tsquery[])
returns boolean
language sql immutable parallel safe as $$
    select bool_and(body ~* pair.pattern or lexemes @@ pair.words)
      from unnest(patterns, words) pair(pattern, words)
$$;

-- Written to be inlined: what is not asked for costs nothing.
create function holds(lexemes tsvector, body text, must passage_conditions) returns boolean
language sql immutable parallel safe
return ((must).unwanted is null or not lexemes @@ (must).unwanted)
   and ((must).patterns is null or body ~* all ((must).patterns))
   and ((must).unwanted_pattern is null or body !~* (must).unwanted_pattern)
   and ((must).mixed_patterns is null
        or holds_either(lexemes, body, (must).mixed_patterns, (must).mixed_words));

-- -------------------------------------------------------------------- what a document must hold

create function known_metadata_keys(names text[]) returns text[]
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select coalesce(array_agg(n.name), '{}')
      from unnest(names) n(name)
           -- mostly there is none: the documents are read once for that, not once a name
     where exists (select from documents d
                    where d.workspace_id = current_workspace() and d.metadata ?| names)
       and exists (select from documents d
                    where d.workspace_id = current_workspace() and d.metadata ? n.name)
$$;

-- The documents that filters and fields leave, or null where there are none. Fields are
-- [[{"kind", "key", "value", "negated"}, …], …]: of each list one must hold; a negated one is alone.
create function matching_documents(filters jsonb, fields jsonb, in_collections uuid[]) returns uuid[]
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
    set plan_cache_mode = force_custom_plan as $$
declare
    found_documents uuid[] := filtered_documents(filters, in_collections);
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

-- ------------------------------------------------------------------------------ the candidates

-- What to look up in the index: with what else is wanted, and without what is not. Null where the
-- index is of no help, as with stop words alone.
create function look_up(must passage_conditions, otherwise tsquery) returns tsquery
language sql immutable parallel safe
return case when (must).unwanted is null then coalesce((must).wanted, otherwise)
            else coalesce((must).wanted, otherwise) && !!(must).unwanted end;

-- As lexical_candidates. The best come first, and no more texts are read than it takes, at most
-- 20,000; where the index is of no help, those of any 20,000 passages.
create function lexical_matches(
    tq tsquery, qv sparsevec, depth integer, in_collections uuid[], in_documents uuid[],
    conditions jsonb)
returns table (passage_id uuid, score double precision)
language plpgsql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
    set plan_cache_mode = force_custom_plan
    set enable_seqscan = off as $$
declare
    tenant uuid := current_workspace();
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
                     limit 20000) p
             where holds(p.lexemes, p.text, must)
             order by p.weights <#> qv, p.id limit depth;
    else
        must.unwanted := null;
        return query
            select best.id, -best.distance
              from (select p.id, p.weights <#> qv as distance
                      from passages p
                     where p.workspace_id = tenant and p.lexemes @@ looked_up
                       and (in_collections is null or p.collection_id = any (in_collections))
                       and (in_documents is null or p.document_id = any (in_documents))
                     order by p.weights <#> qv, p.id limit 20000) best
             where (select holds(p.lexemes, p.text, must) from passages p
                     where p.workspace_id = tenant and p.id = best.id)
             order by best.distance, best.id limit depth;
    end if;
end $$;

-- At most so many of the passages for which the conditions hold, found by the index of the words.
create function some_matches(
    most integer, in_collections uuid[], in_documents uuid[], conditions jsonb) returns uuid[]
language plpgsql stable security definer
    set search_path = pg_catalog, public, pg_temp
    set plan_cache_mode = force_custom_plan
    set enable_seqscan = off as $$
declare
    tenant uuid := current_workspace();
    must passage_conditions := read_conditions(conditions);
    looked_up tsquery := look_up(must, null);
begin
    must.unwanted := null;
    return array(
        select p.id from passages p
         where p.workspace_id = tenant and p.lexemes @@ looked_up
           and (in_collections is null or p.collection_id = any (in_collections))
           and (in_documents is null or p.document_id = any (in_documents))
           and holds(p.lexemes, p.text, must)
         limit most);
end $$;

-- As semantic_candidates_384: exact where conditions and filters leave few passages, otherwise HNSW,
-- scanned on until enough of them hold.
create function semantic_matches_384(
    using_model text, query halfvec, depth integer, in_collections uuid[], in_documents uuid[],
    conditions jsonb)
returns table (passage_id uuid, score double precision)
language plpgsql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
    set plan_cache_mode = force_custom_plan
    set hnsw.iterative_scan = relaxed_order
    set hnsw.ef_search = 100 as $$
declare
    tenant uuid := current_workspace();
    few constant integer := 2000;
    must passage_conditions := read_conditions(conditions);
    ids uuid[];
    found_rows bigint;
begin
    if must.wanted is not null then
        ids := some_matches(few + 1, in_collections, in_documents, conditions);
        found_rows := cardinality(ids);
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
                   and (ids is not null or holds(p.lexemes, p.text, must)))
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

-- Where there is nothing to rank by: of each document, the newest first, the first passage for which
-- the conditions hold. 20,000 documents are looked at.
create function listed_matches(
    depth integer, in_collections uuid[], in_documents uuid[], conditions jsonb)
returns table (passage_id uuid, score double precision)
language plpgsql stable security definer rows 100
    set search_path = pg_catalog, public, pg_temp
    set plan_cache_mode = force_custom_plan as $$
declare
    tenant uuid := current_workspace();
    must passage_conditions := read_conditions(conditions);
begin
    return query
        select first.id, 1.0::float8 / row_number() over (order by d.id desc)
          from (select * from documents a
                 where a.workspace_id = tenant and a.published is not null
                   and (in_collections is null or a.collection_id = any (in_collections))
                   and (in_documents is null or a.id = any (in_documents))
                 order by a.id desc limit 20000) d
         cross join lateral (
            select p.id from passages p
             where p.workspace_id = tenant and p.document_id = d.id
               and (must.wanted is null or p.lexemes @@ must.wanted)
               and holds(p.lexemes, p.text, must)
             order by p.ordinal limit 1) first
         order by d.id desc limit depth;
end $$;

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
               'words_that_begin', 'known_metadata_keys', 'matching_documents', 'lexical_matches',
               'some_matches', 'semantic_matches_384', 'listed_matches')
    loop
        execute format('alter function %s owner to ibid_definer', called);
        execute format('revoke all on function %s from public', called);
        execute format('grant execute on function %s to current_user', called);
    end loop;
    revoke create on schema public from ibid_definer;
end $$;

grant execute on function
    words_that_begin, known_metadata_keys, matching_documents, lexical_matches, some_matches,
    semantic_matches_384, listed_matches to ibid_app;

-- Words of every language: what analyses them is code of ours (libs/analysis), the same for documents
-- and queries. A passage also has the words of its document's title and of the headings above it.
--
-- What was published before keeps its English lexemes, and is found by them.

-- ISO 639-1; '' where no language could be told. What was published before was taken for English.
alter table documents add column language text not null default 'en';
alter table versions add column language text;

-- Null where an older release split the document: then its words are English.
alter table checkpoints
    add column lexemes tsvector,
    add column vocables text[],
    add column signature bigint;

-- By which passages that say nearly the same are told; null for those that are older.
alter table passages add column signature bigint;

-- BM25 as lexeme_weights has it, with k1 = 0.9 and b = 0.4: chosen on SciFact's training queries and every
-- second English question of XQuAD. Passages are of like length, so that length tells less.
create function passage_weights(lexemes tsvector, average_length real) returns sparsevec
language sql immutable strict parallel safe
return (
    with counted as (
        select lexeme_coordinate(u.lexeme) as coordinate, cardinality(u.positions)::real as tf
          from unnest(lexemes) u
    ), merged as (
        select coordinate, sum(tf) as tf,
               0.9 * (0.6 + 0.4 * sum(sum(tf)) over () / greatest(average_length, 1)) as k
          from counted group by coordinate
    )
    select ('{' || coalesce(string_agg(coordinate || ':' || (tf / (tf + k))::real, ','), '')
            || '}/268435456')::sparsevec
      from merged
);

-- ------------------------------------------------------------------- words as people write them

-- The words of a document's published version, and of all documents of a workspace. `folded` is without
-- accents, to complete and correct what people type without them.
create table vocabularies (
    workspace_id uuid not null,
    document_id uuid not null,
    words text[] not null,
    folded text[] not null check (cardinality(folded) = cardinality(words)),
    primary key (workspace_id, document_id),
    foreign key (workspace_id, document_id) references documents on delete cascade
);

create table vocables (
    workspace_id uuid not null references workspaces on delete cascade,
    folded text collate "C" not null,
    word text collate "C" not null,
    documents bigint not null,
    primary key (workspace_id, folded, word)
) with (fillfactor = 70);

-- As count_lexemes: the workspace's row in lexical_statistics is the lock.
create function count_vocables() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    sign integer := case tg_op when 'INSERT' then 1 else -1 end;
    tenant uuid;
begin
    for tenant in select distinct workspace_id from changed order by 1 loop
        perform from lexical_statistics where workspace_id = tenant for update;
        continue when not exists (select from workspaces where id = tenant);
        insert into vocables as v (workspace_id, folded, word, documents)
        select tenant, u.folded, u.word, sign * count(*)
          from changed c, unnest(c.words, c.folded) u(word, folded)
         where c.workspace_id = tenant
         group by u.folded, u.word order by u.folded collate "C", u.word collate "C"
            on conflict (workspace_id, folded, word) do update
           set documents = v.documents + excluded.documents;
        if sign < 0 then
            delete from vocables where workspace_id = tenant and documents <= 0;
        end if;
    end loop;
    return null;
end $$;

create trigger vocabularies_counted after insert on vocabularies
    referencing new table as changed for each statement execute function count_vocables();
create trigger vocabularies_discounted after delete on vocabularies
    referencing old table as changed for each statement execute function count_vocables();

do $$
declare
    name text;
begin
    foreach name in array array['vocabularies', 'vocables'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format(
            'create policy own_workspace on %I to ibid_app using (workspace_id = '
            'nullif(current_setting(''ibid.workspace'', true), '''')::uuid)', name);
        execute format('create policy definer on %I to ibid_definer using (true)', name);
    end loop;
end $$;

grant select, insert, delete on vocabularies to ibid_app;
grant select on vocables to ibid_app;
grant select, insert, update, delete on vocables to ibid_definer;

-- ------------------------------------------------------------------------------------ the query

-- The languages of the documents that are searched. Written to skip from one language to the next in
-- documents_language (0006).
create function searched_languages(in_collections uuid[]) returns text[]
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    with recursive each as (
        (select language from documents where workspace_id = current_workspace()
          order by language limit 1)
         union all
        select (select d.language from documents d
                 where d.workspace_id = current_workspace() and d.language > e.language
                 order by d.language limit 1)
          from each e where e.language is not null
    )
    select coalesce(array_agg(e.language), '{}') from each e
     where e.language is not null
       and (in_collections is null or exists (
               select from documents d
                where d.workspace_id = current_workspace() and d.language = e.language
                  and d.collection_id = any (in_collections)))
$$;

-- As lexical_query, for lexemes: `found` are those that passages have, and `rarity` their idf.
create function weigh_lexemes(
    lexemes text[], out tq tsquery, out qv sparsevec, out found text[], out rarity real[])
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    with n as (
        select passages, least(greatest(2000, passages / 50), 5000) as budget
          from lexical_statistics where workspace_id = current_workspace()
    ), word as materialized (
        select t.lexeme, ln(1 + (n.passages - t.df + 0.5) / (t.df + 0.5)) as idf,
               row_number() over rarest as place, sum(t.df) over rarest as brought, n.budget
          from n, unnest(lexemes) as q(lexeme)
          join terms t on t.workspace_id = current_workspace() and t.lexeme = q.lexeme
        window rarest as (order by t.df, t.lexeme)
    ), coordinate as (
        select lexeme_coordinate(lexeme) as at, sum(idf) as idf from word group by 1
    )
    select (select string_agg(quote_lexeme(lexeme), '|')
              from word where place <= 2 or brought <= budget)::tsquery,
           (select ('{' || coalesce(string_agg(at || ':' || idf, ',' order by at), '')
                    || '}/268435456')::sparsevec from coordinate),
           (select array_agg(lexeme order by place) from word),
           (select array_agg(idf::real order by place) from word)
$$;

-- As before; a term's "words" are what the index can find it by, if the caller has analysed it.
create or replace function read_conditions(conditions jsonb) returns passage_conditions
language sql stable parallel safe set search_path = pg_catalog, public, pg_temp as $$
    with term as (
        select g.place, t.one ->> 'pattern' as pattern, w.words,
               t.one ->> 'kind' = 'word' and w.words is not null as is_word
          from (select place, terms from jsonb_array_elements(conditions -> 'required')
                       with ordinality r(terms, place)
                union all select 0, conditions -> 'excluded') g
         cross join lateral jsonb_array_elements(g.terms) t(one)
         cross join lateral (
             select case when t.one ? 'words' then (t.one ->> 'words')::tsquery
                         when t.one ->> 'kind' = 'prefix' then prefix_words(t.one ->> 'text')
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

-- As filtered_documents, which an older release calls, with languages and authors.
create function documents_that_match(filters jsonb, in_collections uuid[]) returns uuid[]
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    found_documents uuid[] := filtered_documents(filters - 'languages' - 'authors', in_collections);
begin
    if filters ?| array['languages', 'authors'] then
        return (
            select coalesce(array_agg(d.id), '{}')
              from documents d
             where d.workspace_id = current_workspace() and d.published is not null
               and (in_collections is null or d.collection_id = any (in_collections))
               and (found_documents is null or d.id = any (found_documents))
               and (not filters ? 'languages'
                    or d.language = any (array(select jsonb_array_elements_text(filters -> 'languages'))))
               and (not filters ? 'authors'
                    or case jsonb_typeof(d.metadata -> 'author')
                            when 'array' then d.metadata -> 'author' ?| array(
                                select jsonb_array_elements_text(filters -> 'authors'))
                            else d.metadata ->> 'author' = any (array(
                                select jsonb_array_elements_text(filters -> 'authors'))) end));
    end if;
    return found_documents;
end $$;

-- -------------------------------------------------------------------------------- the candidates

-- As search_candidates_384, and with feedback: what stands first by both scores is taken for an answer,
-- and what is like it moves up (Rocchio 1971, with the two best and a weight of 0.3, both chosen on
-- SciFact's training queries and every second English question of XQuAD).
create function ranked_candidates_384(
    lexical_ids uuid[], lexical_scores double precision[],
    semantic_ids uuid[], semantic_scores double precision[],
    qv sparsevec, using_model text, query halfvec, depth integer,
    in_collections uuid[], in_documents uuid[])
returns table (passage_id uuid, document_id uuid, signature bigint,
               lexical double precision, semantic double precision, score double precision)
language plpgsql stable security definer rows 200
    set search_path = pg_catalog, public, pg_temp
    -- its statement reads by keys whatever the arrays hold
    set plan_cache_mode = force_generic_plan as $$
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
        ), read as materialized (
            select c.id, p.document_id, p.signature, e.embedding::halfvec(384) as embedding,
                   coalesce(c.lexical, -(p.weights <#> qv)) as lexical,
                   coalesce(c.semantic, -(e.embedding::halfvec(384) <#> query)) as semantic
              from candidate c
                   -- offset 0 keeps them subqueries: joins would be planned to read whole tables
             cross join lateral (
                   select * from passages a where a.workspace_id = tenant and a.id = c.id offset 0) p
              left join lateral (
                   select b.embedding from embeddings b
                    where query is not null and b.model = using_model and b.workspace_id = tenant
                      and b.passage_id = c.id offset 0) e on true
        ), spread as materialized (
            select r.*,
                   (r.lexical - min(r.lexical) over ())
                       / greatest(max(r.lexical) over () - min(r.lexical) over (), 1e-9) as lexical_part,
                   (r.semantic - min(r.semantic) over ())
                       / greatest(greatest(max(r.semantic) over (), 0.5) - min(r.semantic) over (), 1e-9)
                       as semantic_part
              from read r
        ), best as materialized (
            select avg(b.embedding) as embedding
              from (select s.embedding from spread s
                     where query is not null and qv is not null and s.embedding is not null
                     order by 0.4 * coalesce(s.lexical_part, 0) + 0.6 * s.semantic_part desc, s.id
                     limit 2) b
        ), fed as materialized (
            select s.*, s.semantic + 0.3 * coalesce(-(s.embedding <#> b.embedding::halfvec(384)), 0) as nearness
              from spread s, best b
        ), scaled as (
            select f.*,
                   (f.nearness - min(f.nearness) over ())
                       / greatest(greatest(max(f.nearness) over (), 0.65) - min(f.nearness) over (), 1e-9)
                       as nearness_part
              from fed f
        )
        select s.id, s.document_id, s.signature, s.lexical, s.semantic,
               case when query is null then s.lexical when qv is null then s.semantic
                    else 0.4 * coalesce(s.lexical_part, 0) + 0.6 * coalesce(s.nearness_part, 0) end
          from scaled s
         order by 6 desc, 1;
end $$;

-- ------------------------------------------------------------------- help with what people type

create function complete_word(prefix text, most integer) returns table (word text, documents bigint)
language sql stable security definer rows 20 set search_path = pg_catalog, public, pg_temp as $$
    select v.word, v.documents from vocables v
     where v.workspace_id = current_workspace()
       and v.folded >= prefix collate "C" and v.folded < prefix || U&'\+10FFFF' collate "C"
     order by v.documents desc, v.folded, v.word limit most
$$;

-- Those of the spellings that documents have.
create function known_spellings(spellings text[]) returns table (word text, documents bigint)
language sql stable security definer rows 20 set search_path = pg_catalog, public, pg_temp as $$
    select v.word, v.documents from unnest(spellings) s(folded)
      join vocables v on v.workspace_id = current_workspace() and v.folded = s.folded collate "C"
     order by v.documents desc, v.word
$$;

-- What a document, or one passage of it, is about: its rarest frequent lexemes, and the mean of its
-- embeddings, from 200 passages at most.
create function document_gist(
    of_document uuid, of_passage uuid, using_model text, out lexemes text[], out embedding halfvec)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    with mine as materialized (
        select p.id, p.lexemes from passages p
         where p.workspace_id = current_workspace() and p.document_id = of_document
           and (of_passage is null or p.id = of_passage)
         order by p.ordinal limit 200
    ), counted as (
        select u.lexeme, sum(cardinality(u.positions)) as tf from mine m, unnest(m.lexemes) u
         group by u.lexeme
    ), weighed as (
        select c.lexeme, ln(1 + c.tf) * ln(1 + (s.passages - t.df + 0.5) / (t.df + 0.5)) as weight
          from counted c
          join terms t on t.workspace_id = current_workspace() and t.lexeme = c.lexeme
         cross join (select passages from lexical_statistics
                      where workspace_id = current_workspace()) s
         order by 2 desc, 1 limit 20
    )
    select (select array_agg(lexeme) from weighed),
           (select l2_normalize(avg(e.embedding)) from mine m
              join embeddings e on e.model = using_model and e.workspace_id = current_workspace()
                               and e.passage_id = m.id)
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
               'count_vocables', 'searched_languages', 'weigh_lexemes', 'documents_that_match',
               'ranked_candidates_384', 'complete_word', 'known_spellings', 'document_gist')
    loop
        execute format('alter function %s owner to ibid_definer', called);
        execute format('revoke all on function %s from public', called);
        execute format('grant execute on function %s to current_user', called);
    end loop;
    revoke create on schema public from ibid_definer;
end $$;

grant execute on function
    searched_languages, weigh_lexemes, documents_that_match, ranked_candidates_384, complete_word,
    known_spellings, document_gist to ibid_app;

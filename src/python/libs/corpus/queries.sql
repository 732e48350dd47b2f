-- name: create_collection
insert into collections (workspace_id, id, name, description)
values (current_workspace(), %(id)s, %(name)s, %(description)s)
returning id, name, description, 0 as documents, created_at, updated_at

-- name: get_collection
select c.id, c.name, c.description, c.created_at, c.updated_at,
       (select count(*) from documents d
         where d.workspace_id = c.workspace_id and d.collection_id = c.id) as documents
  from collections c where c.workspace_id = current_workspace() and c.id = %(id)s

-- name: list_collections
select c.id, c.name, c.description, c.created_at, c.updated_at,
       (select count(*) from documents d
         where d.workspace_id = c.workspace_id and d.collection_id = c.id) as documents
  from collections c
 where c.workspace_id = current_workspace()
   and (%(after)s::uuid is null or c.id > %(after)s::uuid)
 order by c.id limit %(limit)s

-- name: update_collection
update collections
   set name = coalesce(%(name)s, name), description = coalesce(%(description)s, description),
       updated_at = now()
 where workspace_id = current_workspace() and id = %(id)s
returning id

-- name: delete_collection
delete from collections where workspace_id = current_workspace() and id = %(id)s

-- name: hold_collection
select from collections where workspace_id = current_workspace() and id = %(id)s for key share

-- name: store_blob
-- The conflict's update locks the row, so a deletion under way is waited for.
insert into blobs (workspace_id, sha256, size_bytes)
values (current_workspace(), %(sha256)s, %(size_bytes)s)
on conflict (workspace_id, sha256) do update set size_bytes = excluded.size_bytes
returning xmax = 0 as is_new

-- name: store_part
insert into blob_parts (workspace_id, sha256, ordinal, bytes)
values (current_workspace(), %(sha256)s, %(ordinal)s, %(bytes)b)

-- name: get_part
select bytes from blob_parts
 where workspace_id = current_workspace() and sha256 = %(sha256)s and ordinal = %(ordinal)s

-- name: find_same_bytes
select d.id, d.latest
  from documents d
  join versions v on (v.workspace_id, v.document_id, v.number) = (d.workspace_id, d.id, d.latest)
 where d.workspace_id = current_workspace() and d.collection_id = %(collection_id)s
   and v.sha256 = %(sha256)s
 order by d.id limit 1

-- name: add_document
insert into documents (workspace_id, id, collection_id, external_id, content_sha256, title, metadata)
values (current_workspace(), %(id)s, %(collection_id)s, %(external_id)s, %(content_sha256)s,
        %(title)s, coalesce(%(metadata)s::jsonb, '{}'))
on conflict do nothing
returning id

-- name: hold_external
-- Only locks: what was read before the wait may have changed during it.
select id from documents
 where workspace_id = current_workspace() and collection_id = %(collection_id)s
   and external_id = %(external_id)s
   for update

-- name: find_external
select d.id, d.latest, v.sha256
  from documents d
  join versions v on (v.workspace_id, v.document_id, v.number) = (d.workspace_id, d.id, d.latest)
 where d.workspace_id = current_workspace() and d.collection_id = %(collection_id)s
   and d.external_id = %(external_id)s

-- name: describe_document
with before as (
    select title from documents where workspace_id = current_workspace() and id = %(id)s
)
update documents d
   set title = coalesce(%(title)s, d.title), metadata = coalesce(%(metadata)s::jsonb, d.metadata),
       updated_at = now()
  from before b
 where d.workspace_id = current_workspace() and d.id = %(id)s
   and ((%(title)s::text is not null and d.title <> %(title)s)
        or (%(metadata)s::jsonb is not null and d.metadata <> %(metadata)s::jsonb))
returning d.title <> b.title

-- name: raise_latest
update documents set latest = %(version)s, updated_at = now()
 where workspace_id = current_workspace() and id = %(id)s

-- name: add_version
insert into versions (workspace_id, document_id, number, sha256, media_type, file_name, size_bytes)
values (current_workspace(), %(document_id)s, %(number)s, %(sha256)s, %(media_type)s,
        %(file_name)s, %(size_bytes)s)

-- name: get_document
select id, collection_id, external_id, title, metadata, latest, published, media_type, file_name,
       size_bytes, pages, job_id, status, failure, created_at, updated_at
  from document_details where workspace_id = current_workspace() and id = %(id)s

-- name: list_documents
select id, collection_id, external_id, title, metadata, latest, published, media_type, file_name,
       size_bytes, pages, job_id, status, failure, created_at, updated_at
  from document_details
 where workspace_id = current_workspace()
   and (%(collection_id)s::uuid is null or collection_id = %(collection_id)s::uuid)
   and (%(status)s::text is null or status = %(status)s)
   and (%(after)s::uuid is null or id > %(after)s::uuid)
 order by id limit %(limit)s

-- name: count_documents
select status, count(*) from document_details
 where workspace_id = current_workspace()
   and (%(collection_id)s::uuid is null or collection_id = %(collection_id)s::uuid)
 group by status

-- name: list_versions
select v.number, v.sha256, v.media_type, v.file_name, v.size_bytes, v.page_count as pages,
       v.text_length, v.created_at, v.published_at, coalesce(v.number = d.published, false) as is_published
  from versions v
  join documents d on (d.workspace_id, d.id) = (v.workspace_id, v.document_id)
 where v.workspace_id = current_workspace() and v.document_id = %(id)s
 order by v.number desc

-- name: get_version
select v.number, v.sha256, v.media_type, v.file_name, v.size_bytes, v.page_count as pages,
       v.text_length, v.created_at, v.published_at, coalesce(v.number = d.published, false) as is_published
  from documents d
  join versions v on (v.workspace_id, v.document_id) = (d.workspace_id, d.id)
 where d.workspace_id = current_workspace() and d.id = %(id)s
   and v.number = coalesce(%(number)s, d.published, d.latest)

-- name: read_text
select number, span_start, span_end,
       substr(text, greatest(%(start)s - span_start, 0) + 1,
              least(%(end)s, span_end) - greatest(%(start)s, span_start))
  from pages
 where workspace_id = current_workspace() and document_id = %(id)s and version = %(version)s
   and span_start < %(end)s and span_end > %(start)s
 order by number

-- name: get_page
select number, span_start, span_end from pages
 where workspace_id = current_workspace() and document_id = %(id)s and version = %(version)s
   and number = %(number)s

-- name: delete_document
delete from documents where workspace_id = current_workspace() and id = %(id)s

-- name: get_source
select v.sha256, v.size_bytes, v.media_type, v.file_name, d.title
  from versions v
  join documents d on (d.workspace_id, d.id) = (v.workspace_id, v.document_id)
 where v.workspace_id = current_workspace() and v.document_id = %(document_id)s
   and v.number = %(version)s

-- name: clear_pages
delete from pages
 where workspace_id = current_workspace() and document_id = %(document_id)s and version = %(version)s

-- name: store_page
insert into pages (workspace_id, document_id, version, number, span_start, span_end, text)
values (current_workspace(), %(document_id)s, %(version)s, %(number)s, %(start)s, %(end)s, %(text)s)

-- name: describe_version
update versions set text_length = %(length)s, page_count = %(pages)s
 where workspace_id = current_workspace() and document_id = %(document_id)s and number = %(version)s

-- name: get_pages
select number, span_start, span_end, text from pages
 where workspace_id = current_workspace() and document_id = %(document_id)s and version = %(version)s
 order by number

-- name: clear_checkpoints
delete from checkpoints
 where workspace_id = current_workspace() and document_id = %(document_id)s and version = %(version)s

-- name: store_span
insert into checkpoints (workspace_id, document_id, version, ordinal, passage_id, page, span_start,
                         span_end, heading, text, lexemes, vocables, signature)
values (current_workspace(), %(document_id)s, %(version)s, %(ordinal)s, %(passage_id)s, %(page)s,
        %(start)s, %(end)s, %(heading)s, %(text)s, %(lexemes)s::tsvector, %(vocables)s::text[],
        %(signature)s)

-- name: store_language
update versions set language = %(language)s
 where workspace_id = current_workspace() and document_id = %(document_id)s and number = %(version)s

-- name: count_checkpoints
select count(embedding), count(*) from checkpoints
 where workspace_id = current_workspace() and document_id = %(document_id)s and version = %(version)s

-- name: unembedded
select c.ordinal, c.text, c.heading, nullif(d.title, v.file_name) as title
  from checkpoints c
  join versions v on (v.workspace_id, v.document_id, v.number)
                   = (c.workspace_id, c.document_id, c.version)
  join documents d on (d.workspace_id, d.id) = (c.workspace_id, c.document_id)
 where c.workspace_id = current_workspace() and c.document_id = %(document_id)s
   and c.version = %(version)s and c.embedding is null
 order by length(c.text), c.ordinal limit %(limit)s

-- name: are_embedded_by
select not exists (
    select from checkpoints
     where workspace_id = current_workspace() and document_id = %(document_id)s
       and version = %(version)s and (embedding is null or embedded_by is distinct from %(model)s))

-- name: clear_other_embeddings
update checkpoints set embedding = null, embedded_by = null
 where workspace_id = current_workspace() and document_id = %(document_id)s and version = %(version)s
   and embedding is not null and embedded_by is distinct from %(model)s

-- name: store_checkpoint_embeddings
update checkpoints c set embedding = e.embedding, embedded_by = %(model)s
  from unnest(%(ordinals)s::integer[], %(embeddings)b::halfvec[]) e(ordinal, embedding)
 where c.workspace_id = current_workspace() and c.document_id = %(document_id)s
   and c.version = %(version)s and c.ordinal = e.ordinal

-- name: hold_document
select collection_id, coalesce(published, 0) from documents
 where workspace_id = current_workspace() and id = %(document_id)s for update

-- name: withdraw_passages
delete from passages where workspace_id = current_workspace() and document_id = %(document_id)s

-- name: publish_passages
-- Without lexemes an older release split the document.
with prepared as (
    select c.workspace_id, c.passage_id, c.document_id, c.version, c.ordinal, c.page, c.span_start,
           c.span_end, c.heading, c.text, c.signature,
           coalesce(c.lexemes, to_tsvector('english', c.text)) as lexemes
      from checkpoints c
     where c.workspace_id = current_workspace() and c.document_id = %(document_id)s
       and c.version = %(version)s
), average as (
    select coalesce((select s.length / nullif(s.passages, 0)::real from lexical_statistics s
                      where s.workspace_id = current_workspace()),
                    (select avg(lexeme_count(p.lexemes)) from prepared p), 1)::real as length
)
insert into passages (workspace_id, id, collection_id, document_id, version, ordinal, page,
                      span_start, span_end, heading, text, lexemes, weights, signature)
select p.workspace_id, p.passage_id, %(collection_id)s, p.document_id, p.version, p.ordinal, p.page,
       p.span_start, p.span_end, p.heading, p.text, p.lexemes,
       passage_weights(p.lexemes, a.length), p.signature
  from prepared p, average a

-- name: get_vocables
select distinct w.word from checkpoints c, unnest(c.vocables) w(word)
 where c.workspace_id = current_workspace() and c.document_id = %(document_id)s
   and c.version = %(version)s

-- name: withdraw_vocabulary
delete from vocabularies where workspace_id = current_workspace() and document_id = %(document_id)s

-- name: publish_vocabulary
insert into vocabularies (workspace_id, document_id, words, folded)
values (current_workspace(), %(document_id)s, %(words)s, %(folded)s)

-- name: publish_embeddings
insert into embeddings (model, workspace_id, passage_id, embedding)
select %(model)s, c.workspace_id, c.passage_id, c.embedding from checkpoints c
 where c.workspace_id = current_workspace() and c.document_id = %(document_id)s
   and c.version = %(version)s

-- name: get_published_passages
select p.id, p.text, p.heading, nullif(d.title, v.file_name) as title
  from passages p
  join versions v on (v.workspace_id, v.document_id, v.number)
                   = (p.workspace_id, p.document_id, p.version)
  join documents d on (d.workspace_id, d.id) = (p.workspace_id, p.document_id)
 where p.workspace_id = current_workspace() and p.id = any (%(ids)s)
 order by p.id

-- name: store_embeddings
insert into embeddings (model, workspace_id, passage_id, embedding)
select %(model)s, p.workspace_id, p.id, e.embedding
  from unnest(%(ids)s::uuid[], %(embeddings)b::halfvec[]) e(id, embedding)
  join passages p on p.workspace_id = current_workspace() and p.id = e.id
    on conflict do nothing

-- name: mark_published
with version as (
    update versions set published_at = now()
     where workspace_id = current_workspace() and document_id = %(document_id)s
       and number = %(version)s
    returning language
)
update documents
   set published = %(version)s, updated_at = now(),
       language = coalesce((select language from version), 'en')
 where workspace_id = current_workspace() and id = %(document_id)s

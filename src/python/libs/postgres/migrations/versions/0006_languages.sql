-- outside a transaction
-- Which languages there are, for queries to be analysed by; see searched_languages.
drop index concurrently if exists documents_language;
create index concurrently documents_language on documents (workspace_id, language, collection_id);

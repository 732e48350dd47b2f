-- outside a transaction
-- Words and workspace in one index, so that a small workspace's search reads no row of a large one's; a
-- statement that asks for words alone finds them by it too, as those of an older release do.
drop index concurrently if exists passages_words;
create index concurrently passages_words on passages using gin (lexemes, (array[workspace_id]))
    with (fastupdate = off);
drop index concurrently if exists passages_lexemes;

-- How objects of a class are kept: what counts as the same one, and for how long they stay. JSON; empty by default.
ALTER TABLE data_class ADD COLUMN settings {text} NOT NULL DEFAULT '';

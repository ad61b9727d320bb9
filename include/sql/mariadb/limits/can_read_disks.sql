-- Whether the plugin is there that knows the server's disks.
-- Locks: nothing.
-- Twice: yes, it only reads.
SELECT count(*) FROM information_schema.PLUGINS WHERE PLUGIN_NAME = 'DISKS' AND PLUGIN_STATUS = 'ACTIVE';

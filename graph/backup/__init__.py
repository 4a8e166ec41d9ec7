"""One archive of a whole data folder, and the way back.

::

    tastegraph-backup.json      what it is: form, time, log position, where the graph lies, where the keys are
    data/log.sqlite, …          the folder, consistent at one moment
    checksums.json              SHA-256 and length of every file before it: written last
"""

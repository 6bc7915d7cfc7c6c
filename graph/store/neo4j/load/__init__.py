"""Loading into Neo4j: one loader at a time, exactly once, also after interruptions.

A load runs in these steps::

    lease          become the only loader
    scratch        merge the batches in a temporary DuckDB store (the same rules as the embedded store)
    split_chunks   split the changes into chunks of one transaction each
    stage          write all chunks into the database as compressed bytes
    seal           commit the load: one transaction
    apply_chunks   turn the chunks into nodes and relationships, in parallel
"""

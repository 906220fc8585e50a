//! The modules ply: workspace and lockfile to graph, production closure and node_modules tree.

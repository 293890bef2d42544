"""Data frames and Parquet: tables whose columns have types, in memory or in their files."""

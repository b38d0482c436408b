/*
 * source_path.h: source files as CI systems name them: relative to the root of the project.
 */
#ifndef CHECK_SOURCE_PATH_H
#define CHECK_SOURCE_PATH_H

/*
 * The path of a file from the root of the project.
 *
 * `file` is as the compiler recorded it, `root` an absolute path without a slash at its end. A file
 * that is not below the root keeps its path. Points into `file`.
 */
const char *source_path(const char *file, const char *root);

/*
 * The same as a URI: a relative reference, or "file:///..." for what is not below the root.
 * Released with free(3).
 */
char *source_uri(const char *file, const char *root);

/* The absolute path of the root: GITHUB_WORKSPACE or CI_PROJECT_DIR, or the current directory.
 * Released with free(3). */
char *source_root(void);

#endif

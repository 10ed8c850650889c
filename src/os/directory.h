/*
 * directory.h - making directories.
 */
#ifndef OS_DIRECTORY_H
#define OS_DIRECTORY_H

/* Makes the directory and those above it, where they are missing (mode 0777 less the umask). Returns 0, or -1 with
   errno: also when path exists and is no directory. */
int directory_make(const char *path);

#endif

/*
 * What libopusfile says of files: a line each with the playable samples of every link, or its error.
 *
 *   cc -o pcm-total pcm-total.c $(pkg-config --cflags --libs opusfile)
 *   pcm-total FILE...
 *
 * Without names of files it reads them from its input, one a line, and answers each at once.
 */
#include <opusfile.h>
#include <stdio.h>
#include <string.h>

static void answer(const char *path) {
  int error = 0;
  OggOpusFile *file = op_open_file(path, &error);
  if (file == NULL) {
    printf("error %d\n", error);
  } else {
    for (int link = 0; link < op_link_count(file); link++)
      printf("%s%lld", link ? " " : "", (long long)op_pcm_total(file, link));
    printf("\n");
    op_free(file);
  }
  fflush(stdout);
}

int main(int argc, char **argv) {
  char path[4096];
  for (int i = 1; i < argc; i++) answer(argv[i]);
  while (argc == 1 && fgets(path, sizeof path, stdin) != NULL) {
    path[strcspn(path, "\n")] = 0;
    answer(path);
  }
  return 0;
}

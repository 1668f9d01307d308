/*
 * What libopusfile says of files: a line each with the playable samples of every link, or its error.
 *
 *   cc -o pcm-total pcm-total.c $(pkg-config --cflags --libs opusfile)
 *   pcm-total FILE...
 */
#include <opusfile.h>
#include <stdio.h>

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    int error = 0;
    OggOpusFile *file = op_open_file(argv[i], &error);
    if (file == NULL) {
      printf("error %d\n", error);
      continue;
    }
    for (int link = 0; link < op_link_count(file); link++)
      printf("%s%lld", link ? " " : "", (long long)op_pcm_total(file, link));
    printf("\n");
    op_free(file);
  }
  return 0;
}

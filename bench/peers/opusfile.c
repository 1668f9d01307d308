/*
 * libopusfile, the reference reader of Ogg Opus, as a peer to compare with and to measure against.
 *
 *   opusfile decode IN.opus OUT.f32              the whole file in order; float32, interleaved, 48 kHz
 *   opusfile seek IN.opus SEGMENTS.txt [OUT.f32] each segment by op_pcm_seek, which pre-rolls 80 ms itself
 *
 * SEGMENTS.txt: a line each, "start end", in 48 kHz samples, half-open. One handle stays open for all of them.
 * Prints one line of JSON; times exclude the opening of the file and the writing of OUT.f32.
 * Exit status: 0 done, 1 the file could not be read, 2 wrong call.
 *
 * Build: cc -O2 opusfile.c $(pkg-config --cflags --libs opusfile) -o opusfile
 */
#include <opusfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* 120 ms at 48 kHz, the longest packet, in up to 8 channels (mapping families 0 and 1). */
#define BUFFER_FLOATS (5760 * 8)

static double now_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int fail(const char *what, long code) {
  fprintf(stderr, "opusfile: %s (%ld)\n", what, code);
  return 1;
}

/* Reads on past holes, which it counts; 0 at the end of the file. */
static int read_some(OggOpusFile *file, float *into, long *holes) {
  int got;
  while ((got = op_read_float(file, into, BUFFER_FLOATS, NULL)) == OP_HOLE) ++*holes;
  return got;
}

static int decode(OggOpusFile *file, const char *out_path) {
  static float buffer[BUFFER_FLOATS];
  const int channels = op_channel_count(file, -1);
  long long samples = 0;
  long holes = 0;
  double seconds = 0;
  FILE *out = fopen(out_path, "wb");
  if (!out) return fail("cannot write the output", 0);
  for (;;) {
    const double start = now_seconds();
    const int got = read_some(file, buffer, &holes);
    seconds += now_seconds() - start;
    if (got < 0) return fail("cannot decode", got);
    if (got == 0) break;
    fwrite(buffer, sizeof(float) * (size_t)channels, (size_t)got, out);
    samples += got;
  }
  if (fclose(out) != 0) return fail("cannot write the output", 0);
  printf("{\"samples\":%lld,\"channels\":%d,\"holes\":%ld,\"seconds\":%.6f}\n", samples, channels, holes, seconds);
  return 0;
}

/* One segment: as many samples as there are before `end`. Returns a negative code of libopusfile on failure. */
static long long read_segment(OggOpusFile *file, long long start, long long end, FILE *out) {
  static float buffer[BUFFER_FLOATS];
  const int channels = op_channel_count(file, -1);
  long long position = start;
  long holes = 0;
  const int sought = op_pcm_seek(file, start);
  if (sought < 0) return sought;
  while (position < end) {
    int got = read_some(file, buffer, &holes);
    if (got < 0) return got;
    if (got == 0) break;
    if (got > end - position) got = (int)(end - position);
    if (out) fwrite(buffer, sizeof(float) * (size_t)channels, (size_t)got, out);
    position += got;
  }
  return position - start;
}

static int seek(OggOpusFile *file, const char *list_path, const char *out_path) {
  long long start, end, samples = 0;
  long segments = 0;
  double seconds = 0;
  FILE *list = fopen(list_path, "r");
  FILE *out = out_path ? fopen(out_path, "wb") : NULL;
  if (!list || (out_path && !out)) return fail("cannot open the list or the output", 0);
  while (fscanf(list, "%lld %lld", &start, &end) == 2) {
    const double began = now_seconds();
    const long long got = read_segment(file, start, end, out);
    seconds += now_seconds() - began;
    if (got < 0) return fail("cannot read a segment", (long)got);
    samples += got;
    ++segments;
  }
  fclose(list);
  if (out && fclose(out) != 0) return fail("cannot write the output", 0);
  printf("{\"segments\":%ld,\"samples\":%lld,\"channels\":%d,\"seconds\":%.6f}\n", segments, samples,
         op_channel_count(file, -1), seconds);
  return 0;
}

int main(int argc, char **argv) {
  int error = 0, status = 2;
  const int decodes = argc == 4 && strcmp(argv[1], "decode") == 0;
  const int seeks = (argc == 4 || argc == 5) && strcmp(argv[1], "seek") == 0;
  if (!decodes && !seeks) {
    fprintf(stderr, "usage: opusfile decode IN.opus OUT.f32 | seek IN.opus SEGMENTS.txt [OUT.f32]\n");
    return status;
  }
  OggOpusFile *file = op_open_file(argv[2], &error);
  if (!file) return fail("cannot open the file", error);
  status = decodes ? decode(file, argv[3]) : seek(file, argv[3], argc == 5 ? argv[4] : NULL);
  op_free(file);
  return status;
}

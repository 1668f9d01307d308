/*
 * What libopus makes of packets: reads u32 length and bytes, little-endian, until the end; prints a line each.
 *
 *   cc -o packets packets.c $(pkg-config --cflags --libs opus)
 *   packets parse       samples and shortest frame, or the error of opus_packet_parse and 0
 *   packets decode N    samples, or the error of opus_multistream_decode with N mono streams
 */
#include <opus_multistream.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void parse(const unsigned char *packet, opus_int32 length) {
  opus_int16 size[48];
  int count = opus_packet_parse(packet, length, NULL, NULL, size, NULL);
  if (count < 0) {
    printf("%d 0\n", count);
    return;
  }
  int shortest = size[0];
  for (int i = 1; i < count; i++)
    if (size[i] < shortest) shortest = size[i];
  printf("%d %d\n", opus_packet_get_nb_samples(packet, length, 48000), shortest);
}

int main(int argc, char **argv) {
  static unsigned char packet[1 << 20];
  static float pcm[5760 * 255];
  unsigned char mapping[255], header[4];
  int streams = argc > 2 ? atoi(argv[2]) : 1, error;
  for (int i = 0; i < streams; i++) mapping[i] = i;
  OpusMSDecoder *decoder = opus_multistream_decoder_create(48000, streams, streams, 0, mapping, &error);
  while (fread(header, 1, 4, stdin) == 4) {
    opus_int32 length = header[0] | header[1] << 8 | header[2] << 16;
    if (length > (opus_int32)sizeof packet || fread(packet, 1, length, stdin) != (size_t)length) return 1;
    if (argc > 1 && strcmp(argv[1], "parse") == 0) parse(packet, length);
    else printf("%d\n", opus_multistream_decode_float(decoder, packet, length, pcm, 5760, 0));
  }
  return 0;
}

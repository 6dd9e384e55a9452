// hypot as glibc before 2.35 has it; the newer one differs only in how it tells of errors. It is
// the one function for which a program built on Debian 12 would ask for glibc 2.35.
// `-Wl,--wrap=hypot` brings the calls here.
extern "C" {

double polypath_older_hypot(double x, double y);
__asm__(".symver polypath_older_hypot, hypot@GLIBC_2.2.5");

__attribute__((visibility("hidden"))) double __wrap_hypot(double x, double y) {
  return polypath_older_hypot(x, y);
}
}

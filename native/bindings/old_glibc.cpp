// Lets a wheel that is linked with the C++ library of a newer system run with glibc 2.28 and older. The library asks
// for two symbols of later versions: one that says whether there is a single thread yet (0 is always right, and only
// makes reference counts atomic), and pthread_create, which moved into libc with glibc 2.34 and is there under its old
// version.
#include <pthread.h>

#if defined(__x86_64__)
#define GLASSNET_OLD "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define GLASSNET_OLD "GLIBC_2.17"
#else
#error "Say since which version of glibc this processor has pthread_create."
#endif

extern "C" {
__attribute__((visibility("hidden"))) char __libc_single_threaded = 0;

int old_pthread_create(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
__asm__(".symver old_pthread_create, pthread_create@" GLASSNET_OLD);

__attribute__((visibility("hidden"))) int __wrap_pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                                                                void* (*start)(void*), void* argument) {
  return old_pthread_create(thread, attributes, start, argument);
}
}

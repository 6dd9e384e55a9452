/* Stands for cuBLAS, cuSOLVER and a plug-in: what matters is who needs whom (CMakeLists.txt). */
int polypath_fake(void) { return 1; }

# Part of `cmake --install`: the shared libraries that the programs need and a bare system lacks, and
# bin/polypath, which knows the glibc that all of it asks for.
# Takes programs, relocatable, objdump and launcher from PolypathInstall.cmake.
set(prefix "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}")

if(relocatable)
  # glibc and the unwinder that every glibc comes with are the system's.
  file(GET_RUNTIME_DEPENDENCIES EXECUTABLES ${programs} RESOLVED_DEPENDENCIES_VAR libraries
       PRE_EXCLUDE_REGEXES "^lib(c|m|dl|rt|pthread|gcc_s)\\.so" "^ld-linux")
  foreach(library ${libraries})
    get_filename_component(name "${library}" NAME)
    if(name MATCHES "^libstdc")
      message(FATAL_ERROR "a program still needs ${name}: something is linked as a shared C++ library")
    endif()
    file(REAL_PATH "${library}" file)
    message(STATUS "Installing: ${prefix}/lib/${name}")
    configure_file("${file}" "${prefix}/lib/${name}" COPYONLY)
  endforeach()
endif()

file(GLOB files "${prefix}/libexec/polypath/*" "${prefix}/lib/*.so*")
set(GLIBC_FLOOR 2.2.5)
foreach(file ${files})
  execute_process(COMMAND "${objdump}" -T "${file}" OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "GLIBC_[0-9.]+" versions "${symbols}")
  list(REMOVE_DUPLICATES versions)
  foreach(version ${versions})
    string(REPLACE "GLIBC_" "" version "${version}")
    if(version VERSION_GREATER GLIBC_FLOOR)
      set(GLIBC_FLOOR ${version})
    endif()
  endforeach()
endforeach()
message(STATUS "Installing: ${prefix}/bin/polypath, for glibc ${GLIBC_FLOOR} and newer")
configure_file("${launcher}" "${prefix}/bin/polypath" @ONLY FILE_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

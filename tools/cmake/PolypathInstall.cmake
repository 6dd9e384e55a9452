# What `cmake --install` lays out below a prefix, and tools/bundle packs:
#   bin               polypath (starts libexec/polypath/polypath), gpu_check
#   libexec/polypath  the programs, those of tests and benchmarks among them
#   lib               plug-ins, and shared libraries where POLYPATH_RELOCATABLE asks for them
#   share/polypath    configs, golden data, Python tools, README, licences
set(programs polypath)
foreach(target polypath_backend_test polypath_train_test polypath_cuda_device_test
        polypath_compare_runs polypath_epochs polypath_bench_delay polypath_card_limits)
  if(TARGET ${target})
    list(APPEND programs ${target})
  endif()
endforeach()
set(plugins "")
foreach(target polypath_cuda polypath_cuda_sim)
  if(TARGET ${target})
    list(APPEND plugins ${target})
    set_target_properties(${target} PROPERTIES INSTALL_RPATH "")
  endif()
endforeach()
add_custom_target(polypath_installed DEPENDS ${programs} ${plugins})

install(TARGETS ${programs} RUNTIME DESTINATION libexec/polypath)
install(TARGETS ${plugins} LIBRARY DESTINATION lib)
install(PROGRAMS tools/gpu_check DESTINATION bin)
install(FILES README.md LICENSE DESTINATION share/polypath)
install(DIRECTORY configs DESTINATION share/polypath)
install(DIRECTORY tests/golden DESTINATION share/polypath/tests)
install(DIRECTORY tools bench DESTINATION share/polypath FILES_MATCHING PATTERN "*.py"
        PATTERN __pycache__ EXCLUDE PATTERN cmake EXCLUDE)

list(TRANSFORM programs REPLACE "(.+)" "$<TARGET_FILE:\\1>" OUTPUT_VARIABLE program_files)
install(CODE "
  set(programs \"${program_files}\")
  set(relocatable \"${POLYPATH_RELOCATABLE}\")
  set(objdump \"${CMAKE_OBJDUMP}\")
  set(launcher \"${CMAKE_CURRENT_LIST_DIR}/launcher.sh.in\")")
install(SCRIPT "${CMAKE_CURRENT_LIST_DIR}/InstallRuntime.cmake")

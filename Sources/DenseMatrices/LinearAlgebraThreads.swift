// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

#if !canImport(Darwin)
  import COpenBLAS
#endif

/// Sets the number of threads that the linear algebra library may use, for the whole process.
///
/// The matrices of most models are small, and waking threads costs more than they save. Accelerate
/// chooses by itself, and is not told.
/// - Precondition: `count` is positive.
package func setLinearAlgebraThreads(_ count: Int) {
  precondition(count > 0, "a positive number of threads")
  #if !canImport(Darwin)
    openblas_set_num_threads(CInt(clamping: count))
  #endif
}

// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

#if canImport(Accelerate)
  import Accelerate
#else
  import COpenBLAS
#endif

/// Swift names for the LAPACK routines this target calls, which take care of Fortran's
/// by-reference arguments, hidden string lengths and workspaces.
enum Lapack {
  /// Eigenvalues, ascending, and eigenvectors of a symmetric matrix (`dsyevd`, lower triangle).
  /// - Parameters:
  ///   - order: The order n.
  ///   - matrix: n × n, column-major; on return its columns are the eigenvectors.
  ///   - values: n entries; on return the eigenvalues.
  /// - Returns: Whether the algorithm converged.
  static func symmetricEigen(order: Int, matrix: inout [Double], values: inout [Double]) -> Bool {
    var job = CChar(UInt8(ascii: "V"))
    var triangle = CChar(UInt8(ascii: "L"))
    var n = Int32(order)
    var leadingDimension = n
    // The sizes that LAPACK documents for eigenvectors with n > 1.
    var workCount = 1 + 6 * n + 2 * n * n
    var integerWorkCount = 3 + 5 * n
    var work = [Double](repeating: 0, count: Int(workCount))
    var integerWork = [Int32](repeating: 0, count: Int(integerWorkCount))
    var status: Int32 = 0
    #if canImport(Accelerate)
      dsyevd_(
        &job, &triangle, &n, &matrix, &leadingDimension, &values, &work, &workCount,
        &integerWork, &integerWorkCount, &status)
    #else
      dsyevd_(
        &job, &triangle, &n, &matrix, &leadingDimension, &values, &work, &workCount,
        &integerWork, &integerWorkCount, &status, 1, 1)
    #endif
    return status == 0
  }
}

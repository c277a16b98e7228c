// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0
//
// Prototypes of the few BLAS and LAPACK routines the package calls, by their Fortran names.
// libopenblas holds both libraries but ships no header for LAPACK; going through LAPACKE
// instead would link a second BLAS and scan every argument for NaN.

#ifndef MIXED_MODELS_OPENBLAS_SHIM_H
#define MIXED_MODELS_OPENBLAS_SHIM_H

#include <stddef.h>

// Trailing size_t arguments are the hidden lengths of the Fortran character arguments.
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);
void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda,
             double *w, double *work, const int *lwork, int *iwork, const int *liwork, int *info,
             size_t, size_t);
void dsyrk_(const char *uplo, const char *trans, const int *n, const int *k, const double *alpha,
            const double *a, const int *lda, const double *beta, double *c, const int *ldc,
            size_t, size_t);
void dgemm_(const char *transa, const char *transb, const int *m, const int *n, const int *k,
            const double *alpha, const double *a, const int *lda, const double *b, const int *ldb,
            const double *beta, double *c, const int *ldc, size_t, size_t);
void dsymm_(const char *side, const char *uplo, const int *m, const int *n, const double *alpha,
            const double *a, const int *lda, const double *b, const int *ldb, const double *beta,
            double *c, const int *ldc, size_t, size_t);
void dtrsm_(const char *side, const char *uplo, const char *transa, const char *diag,
            const int *m, const int *n, const double *alpha, const double *a, const int *lda,
            double *b, const int *ldb, size_t, size_t, size_t, size_t);
void dgesdd_(const char *jobz, const int *m, const int *n, double *a, const int *lda, double *s,
             double *u, const int *ldu, double *vt, const int *ldvt, double *work,
             const int *lwork, int *iwork, int *info, size_t);

// OpenBLAS's own control of its worker threads.
void openblas_set_num_threads(int count);
int openblas_get_num_threads(void);
const char *openblas_get_corename(void);

#endif
